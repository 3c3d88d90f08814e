"""The pictures of Pins, downloaded."""
