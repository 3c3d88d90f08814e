"""What exists: accounts and what they hold, tokens, clocks, limits, work under way."""
