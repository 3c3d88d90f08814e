"""Catalogs of retail items: kept as rows say, or fed from an address, and what is wrong there."""
