"""What went wrong in the numbers of a graph, where, and what to write instead.

`residues` says what each operation loses to rounding, `digits` sums that up for every
node; `wide`, `elementary` and `exactly` compute again where doubles don't suffice,
`exact` does it for all nodes in mpmath, and `rewrites` knows what to write instead.

`diagnose` walks forward (`values`) and backward (`slopes`), looks at layers (`nets`),
and tells what it found (`story`, `advice`); `anomaly` does so while a graph is made.
"""
