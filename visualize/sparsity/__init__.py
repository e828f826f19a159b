"""The sparsity picture of a huge graph."""
