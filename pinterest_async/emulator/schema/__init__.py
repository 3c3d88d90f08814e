"""What a request may say, and what a response looks like."""
