"""Makes `pinterest_async`'s models, resources and table of operations from Pinterest's description.

The way of one entry through it:

1. `description` reads the OpenAPI document and answers questions about it; `understood` stops at
   what would be lost, `overrides` repairs it, `additions` hold what is later.
2. `operations` and `reading` flatten it into the plain facts of `facts`: operations, structs,
   enums.
3. `naming` and `public_names` decide what things are called; `wording` holds the sentences that are
   ours, `fields` and `columns` make those of fields.
4. `render_models`, `render_resources` and `render_table` write source text.
5. `output` formats it, and writes it or compares it with the tree; `surface` says how two
   descriptions differ for users.

Run it with `python -m codegen DESCRIPTION.json`, with `--check` to compare only, with
`--report NEW.json` to see what another description changes.
"""
