"""Whatever the official description calls an answer decodes into our types and loses nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pinterest_async._call import protocol
from pinterest_async.errors import APIError
from pinterest_async.operations import OPERATIONS
from tests.contract.building import answer_type
from tests.contract.sampling import Document, is_array, is_object
from tests.support.descriptions import GENERATED_FROM, OFFICIAL

if TYPE_CHECKING:
    from tests.contract.sampling import Mode, Schema

pytestmark = pytest.mark.skipif(
    not OFFICIAL.exists(), reason="the descriptions are not beside the project"
)

DESCRIPTIONS = {
    path.stem: Document.read(path) for path in (GENERATED_FROM, OFFICIAL) if path.exists()
}
CONTRADICTED = {
    "labels/list": "5.23.0 lists what a batch did to labels; 5.28.0 lists labels, with an id each",
    "trends_featured_topics/list": "5.23.0 declares trends without the id that 5.28.0 requires",
}
"""Answers of 5.23.0 that cannot be those of 5.28.0, and why."""


def described(document: Document) -> list[Schema]:
    """The operations of a description whose answers are still as it says."""
    nodes = [node for _, _, node in document.operations()]
    if document is not DESCRIPTIONS.get(OFFICIAL.stem):
        return nodes
    return [node for node in nodes if node["operationId"] not in CONTRADICTED]


CASES = [
    pytest.param(document, node, id=f"{name}:{node['operationId']}")
    for name, document in DESCRIPTIONS.items()
    for node in described(document)
]
MOST_VARIANTS = 40
KNOWN_DEFECTS = ("'integration_refresh' is not one of",)
"""What the description says against itself: a kind that its mapping has and its enum lacks."""


def decode(operation_id: str, answer: Any) -> Any:
    """Decode strictly, as the client does before it repairs anything."""
    operation = OPERATIONS[operation_id]
    decoder = msgspec.json.Decoder(answer_type(operation.response))
    raws = answer["items"] if operation.paginated else [answer]
    values = [decoder.decode(msgspec.json.encode(raw)) for raw in raws]
    plain = [msgspec.to_builtins(value) for value in values]
    return {**answer, "items": plain} if operation.paginated else plain[0]


def without_nulls(value: Any) -> Any:
    """The value without what an answer treats as missing."""
    if is_object(value):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if is_array(value) else value


def answers(document: Document, node: Schema, mode: Mode) -> list[Any]:
    """One answer for each alternative that the description knows."""
    schema = document.success(node)
    if schema is None:
        return []
    count = min(document.variants(schema), MOST_VARIANTS)
    return [document.sample(schema, mode, variant) for variant in range(count)]


@pytest.mark.parametrize(("document", "node"), CASES)
@pytest.mark.parametrize("mode", ["full", "required", "nulls"])
def test_every_declared_answer_decodes_and_loses_nothing(
    document: Document, node: Schema, mode: Mode
) -> None:
    """A full, a least and an all-null answer of each kind come back with all that they held."""
    for answer in answers(document, node, mode):
        schema = document.success(node)
        assert schema is not None
        if mode != "required":
            violations = document.violations(schema, answer)
            assert [v for v in violations if not v.startswith(KNOWN_DEFECTS)] == []
        assert without_nulls(decode(node["operationId"], answer)) == without_nulls(answer)


def test_every_example_of_the_official_description_decodes() -> None:
    """Each example inside an answer decodes where it stands, and none is left out."""
    document = DESCRIPTIONS[OFFICIAL.stem]
    hosts: dict[int, tuple[Schema, Schema]] = {}
    for node in described(document):
        schema = document.success(node)
        if schema is not None:
            hosts |= {id(example): (example, node) for example in document.examples(schema)}
            for answer in answers(document, node, "outer examples"):
                decode(node["operationId"], answer)
    for key in hosts.keys() - document.seen_examples:
        document.wanted_example, node = hosts[key]
        for answer in answers(document, node, "one example"):
            decode(node["operationId"], answer)
    assert [hosts[key][0] for key in hosts.keys() - document.seen_examples] == []
    assert len(hosts) >= 780


def test_no_answer_is_exempt_without_need() -> None:
    """An answer of 5.23.0 that is not held against 5.28.0 would not decode."""
    document = DESCRIPTIONS[OFFICIAL.stem]
    nodes = {node["operationId"]: node for _, _, node in document.operations()}
    for operation_id in CONTRADICTED:
        (answer,) = answers(document, nodes[operation_id], "full")
        with pytest.raises(msgspec.ValidationError, match="missing required field `id`"):
            decode(operation_id, answer)


def error_examples() -> list[Any]:
    """Each error that the official description shows: (operation id, status, body)."""
    found: list[Any] = []
    for document in [DESCRIPTIONS[OFFICIAL.stem]] if DESCRIPTIONS else []:
        for _, _, node in document.operations():
            for status, response in node["responses"].items():
                content = response.get("content", {}).get("application/json", {})
                shown = [content["example"]] if "example" in content else []
                shown += [example["value"] for example in content.get("examples", {}).values()]
                if not status.startswith("2"):
                    number = int(status) if status.isdigit() else 500
                    found += [(node["operationId"], number, body) for body in shown]
    return found


def test_every_error_example_becomes_its_error() -> None:
    """Status, Pinterest's code and message of every documented refusal reach the user."""
    examples = error_examples()
    assert len(examples) == 250
    for operation_id, status, body in examples:
        error = protocol.judge(
            OPERATIONS[operation_id], status, {"x-pinterest-rid": "123"}, json.dumps(body).encode()
        )
        assert isinstance(error, APIError)
        assert (error.status, error.request_id) == (status, "123")
        assert error.code == body["code"]
        # What else it says follows.
        assert error.message.startswith(" ".join(body["message"].split()))
        assert error.operation == operation_id
