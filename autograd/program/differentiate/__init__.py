"""From blocks to statements: the rows of the table on arrays, there and back."""
