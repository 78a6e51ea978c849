"""The steps of a turn, one file each: `async` functions from state and context to an update."""
