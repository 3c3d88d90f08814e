"""Makes `pinterest_async`'s models, resources and table of operations from Pinterest's description.

The way of one entry through it:

1. `description` reads the OpenAPI document and answers questions about it; `overrides` repairs it.
2. `reading` flattens it into the plain facts of `facts`: operations, structs, enums.
3. `naming` decides what things are called; `wording` holds the sentences that are ours.
4. `render_models`, `render_resources` and `render_table` write source text.
5. `output` formats it, and writes it or compares it with the tree.

Run it with `python -m codegen DESCRIPTION.json`, or with `--check` to compare only.
"""
