"""The export of a whole account."""
