"""Leads: what people answered to the forms of ads, fetched before it is gone, or sent here."""
