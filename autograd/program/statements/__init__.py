"""What an array program is written in: arrays by name, and a table of statements."""
