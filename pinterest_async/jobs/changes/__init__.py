"""Many changes of ads: previewed, made once each, and told row by row."""
