"""Videos: uploaded, and made into Pins."""
