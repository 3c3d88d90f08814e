"""What each operation does: `HANDLERS` of the module of its resource, else `collection`.

A module without `HANDLERS` is what others stand on.
"""
