"""Claims (*siniestros*) from notice to closure, for all lines.

What a line's claims differ in stands in its `ClaimType`s. The arithmetic (`arithmetic`), the
moves of one file (`file`) and what comes next (`steps`) are pure; tools only read, ask and keep.
"""
