"""Pictures (*visión artificial*): papers and photographs of claims, read, straightened, compared and measured."""
