"""Figures of Pins, fetched in bulk."""
