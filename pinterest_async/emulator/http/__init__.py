"""From the bytes of a request to an operation, and back; faults on the way."""
