"""Programs: a function written on scalars becomes array code.

One value's way through these rooms:

1. `trace` runs the function once on Values and writes down a `plan`: a flat list of
   scalar nodes.
2. `rewrite` has the passes, each from plan to plan; `passes` are their order.
3. `vectorise` lays nodes of one level and operation out as the rows of one block, and
   finds the matrix products among the dots.
4. `differentiate` runs the rows of the table on whole blocks, forward and backwards;
   what they do is written down in `statements`: a few dozen, on arrays by name.
5. `lower` makes source of the statements, for NumPy or JAX. What has hardly anything to
   put into arrays is run number by number instead, from the simplified plan: see
   `machine`.
6. The engines among the `backends` run that, batches in chunks; `running` is what a run
   is given and asked, and `forms` are those of arguments and results; `program` is what
   people see, and `looking` what there is to see of it.

`compiled` keeps programs for each way a function is called (`calling`), as long as what
it reads is as it was (`worlds`).
"""
