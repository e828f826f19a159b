"""A traced function is given numbers: what is asked before and after a run."""
