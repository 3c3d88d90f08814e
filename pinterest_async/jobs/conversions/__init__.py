"""Conversion events: read, hashed, checked, sent, and what became of each."""
