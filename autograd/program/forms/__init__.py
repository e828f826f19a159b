"""Between nested numbers, as functions take and give them, and flat rows of numbers."""
