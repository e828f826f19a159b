"""What went wrong in the numbers of a graph, where, and what to write instead.

`residues` says what each operation loses to rounding, `digits` sums that up for every
node; `shadow`, `wide`, `elementary`, `composed`, `wide_rows` compute again where
doubles don't suffice, and `exact` does it for all nodes in mpmath. `rewrites` knows
what to write instead: by a `table` and `methods`, on algebra (`terms`, `matching`,
`pieces`, `writing`).

`diagnose` walks forward (`values`) and backward (`slopes`), looks at layers (`nets`),
and tells what it found (`story`, `advice`); `anomaly` does so while a graph is made.
"""
