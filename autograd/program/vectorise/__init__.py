"""From nodes to blocks of rows, each computed by one statement."""
