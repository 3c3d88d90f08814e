"""Many Pins, made from the rows of a file."""
