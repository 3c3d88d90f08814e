"""Advertising: reports of any size, and whole ad accounts."""
