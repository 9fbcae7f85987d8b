"""The engine of `settle`: a pool's plans, which are data, compiled to plain functions over whole fen.

`plans` reads, `compile` writes the functions, `facts` prepares a person's bills, `run` settles them in order,
`explain` turns the trace of a bill into cited Chinese steps.
"""
