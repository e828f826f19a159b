"""Programs: a function written on scalars becomes array code.

One value's way through these rooms:

1. `trace` runs the function once on Values and writes down a `plan`: a flat list of
   scalar nodes.
2. `weaken`, `simplify`, `regroup` and `split` are the passes, each from plan to plan.
3. `grouping` lays nodes of one level and operation out as the rows of one of the
   `blocks`; `recognise` finds the matrix products among the dots.
4. `differentiate` runs the rows of the table on whole blocks, forward and backwards;
   what they do is written down as `arrays`: a few dozen statements.
5. `emit` makes NumPy source of the statements (or JAX source), `loops` makes short
   loops of long chains.
6. The engines run that; `program` is what people see.
"""
