"""One call's way: from the arguments of a method to a response that is decoded, or an error."""
