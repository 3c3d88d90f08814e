"""Small descriptions, and what is made of them with no tables of ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codegen.description import Description
from codegen.operations import read_facts
from codegen.overrides import Overrides
from codegen.public_names import PublicNames
from codegen.render_models import render_models
from codegen.wording import Wording

if TYPE_CHECKING:
    from codegen.description import Schema
    from codegen.facts import Facts


def no_overrides() -> Overrides:
    """Overrides that change nothing."""
    empty: dict[str, str] = {}
    return Overrides(
        maps=empty,
        merges=empty,
        required=empty,
        always=empty,
        resources=empty,
        nouns=empty,
        places=empty,
        parameters=empty,
        repeatable=empty,
        beta_mentioned=empty,
        patches=(),
        additions=(),
    )


def wording() -> Wording:
    """Wording that has nothing to say."""
    return Wording({}, {}, {}, {})


def description(schemas: dict[str, Schema], **operations: Schema) -> Description:
    """A description with these components, and an operation `things/NAME` for each keyword."""
    paths: dict[str, Schema] = {}
    for name, node in operations.items():
        verb = node.pop("verb", "get")
        paths[f"/things/{name}"] = {
            verb: {
                "operationId": f"things/{name}",
                "tags": ["things"],
                "security": [{"pinterest_oauth2": ["things:read"]}],
                "x-ratelimit-category": "org_read",
                "responses": {},
                **node,
            }
        }
    document = {"info": {"version": "1"}, "paths": paths, "components": {"schemas": schemas}}
    return Description(document, "1", "0" * 64)


def content(schema: Schema) -> Schema:
    """A body or an answer of that schema."""
    return {"content": {"application/json": {"schema": schema}}}


def facts_of(source: Description, overrides: Overrides | None = None) -> Facts:
    """What is read from a description, with no table of names."""
    return read_facts(source, overrides or no_overrides(), PublicNames())


def models(source: Description, overrides: Overrides | None = None) -> str:
    """The `things` module of the models that are made, without what is said of their fields."""
    facts = facts_of(source, overrides)
    return bare(render_models(facts, wording(), "")["things.py"])


def bare(code: str) -> str:
    """Code without the documentation below its attributes."""
    return re.sub(r'(?<![:"])\n    """.*?"""(?=\n)', "", code, flags=re.DOTALL)


def ref(name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}
