"""Audiences: customer lists that are kept in step with a table of people."""
