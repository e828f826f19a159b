"""The machine: any program as one list of instructions over one array of registers.

Arrays serve programs that do the same to many numbers. A small function, a long chain
or an irregular graph has nothing to put into an array; there the machine computes
number by number, and needs no compilation for it: one interpreter runs all programs.

* `opcodes` is the table of what it can do in one step;
* `listing` writes instructions, on symbols that the rows of the table are run on;
* `assemble` makes a listing of a plan, values forward and adjoints backward;
* `registers` gives every number a place, and lowers the listing to arrays of integers,
  four dots in one where they share a list;
* `interpreter` runs these by machine code of numba;
* without it a `script` of Python runs one example, with loops where `repeats` finds
  some; `plain` runs what is too long for that, and batches by NumPy;
* `runs` hands numbers to any of these, for one example or for a batch in lanes;
* `engine` is the backend, and what all engines fall back on.

It has one variant only, the exact one: zeros are strong, and every step has IEEE 754's
answer. So it says what the eager engine says, infinities and NaN included.
"""
