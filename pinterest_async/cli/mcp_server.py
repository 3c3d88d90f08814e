"""Tools of the Model Context Protocol: to search, describe and call the operations of the API.

Tokens are no matter of an assistant's: the operations that make or revoke them are left out.
"""

# Annotations are evaluated where they stand, as one of them names a method of an object.

from collections.abc import Awaitable, Generator
from contextlib import contextmanager
from typing import Annotated, Any, Final, cast

import msgspec
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

from pinterest_async import Model, Page, Pager, Pinterest, PinterestError, __version__
from pinterest_async.cli import call_help, lookup, output, running
from pinterest_async.cli.arguments import check_arguments, parameters, read_arguments
from pinterest_async.operations import Operation

_FOUND: Final = 50
"""Operations that a search gives."""
_PAGE: Final = 25
"""Items of a page, unless the arguments say otherwise."""
_WITHHELD: Final = "oauth"
"""The resource whose operations give tokens away."""

_ABOUT: Final = """\
Pinterest's REST API v5. Search for an operation, describe it, then call it. Ids are text. A listing
gives one page; where the response has a bookmark, call again with that as the argument `bookmark`.
An error says what to do; with `retry_after`, come back after so many seconds."""

Words = Annotated[
    str,
    Field(
        description="All of them stand in what is found: in its name, path, category, effect "
        "(reads, writes, irreversible, spends) or description."
    ),
]
Name = Annotated[str, Field(description="The operation's name, such as boards.list.")]
Arguments = Annotated[
    dict[str, Any], Field(description="Its arguments by name, as describe_operation has them.")
]


class Confirmation(BaseModel):
    """What is asked of the user."""

    send: bool = Field(description="Whether to send it.")


def make_server(client: Pinterest, *, write: bool, ask: bool) -> MCPServer[Any]:
    """Make a server whose tools work with a client.

    Args:
        client: makes the calls.
        write: whether to offer operations that change something.
        ask: whether the user is asked before what cannot be undone or may spend money.
    """
    server: MCPServer[Any] = MCPServer(
        "pinterest", version=__version__, instructions=_ABOUT, log_level="WARNING"
    )
    tools = _Tools(client, write=write, ask=ask)
    looks = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    reads = ToolAnnotations(read_only_hint=True, open_world_hint=True)
    for tool, hints in (
        (tools.search_operations, looks),
        (tools.describe_operation, looks),
        (tools.call_operation, reads),
    ):
        server.tool(annotations=hints, structured_output=False)(tool)
    if write:
        _offer_writing(server, tools)
    return server


def _offer_writing(server: MCPServer[Any], tools: "_Tools") -> None:
    @server.tool(
        annotations=ToolAnnotations(read_only_hint=False, destructive_hint=True),
        structured_output=False,
    )
    async def call_writing_operation(
        operation: Name,
        arguments: Arguments,
        confirmation: Annotated[Confirmation, Resolve(tools.confirm)],
    ) -> str:
        """Call an operation that changes the account, may spend money, or cannot be undone."""
        if not confirmation.send:
            raise ToolError("the user has refused: nothing was sent")
        return await tools.call(_find(operation), arguments)


class _Tools:
    """What the tools do; their docstrings are what an assistant reads."""

    def __init__(self, client: Pinterest, *, write: bool, ask: bool) -> None:
        self._client = client
        self._write = write
        self._ask = ask

    def search_operations(self, words: Words) -> str:
        """Search the operations of the API."""
        all_found = [row for row in _offered() if lookup.matches(row, words)]
        found = [row for row in all_found if self._write or row.effect == "reads"]
        shown = [
            {
                "operation": lookup.python_name(row),
                "effect": row.effect,
                "does": lookup.summary(row),
            }
            for row in found[:_FOUND]
        ]
        said: dict[str, Any] = {"operations": shown, "more": len(found) - len(shown)}
        if len(found) < len(all_found):
            # Whoever looks for what changes something has to know that it exists.
            said["only_with_write"] = [
                lookup.python_name(row) for row in all_found if row not in found
            ]
        return output.json_line(said)

    def describe_operation(self, operation: Name) -> str:
        """Say what an operation does and which arguments it takes, with their members."""
        return output.json_line(_description(_find(operation)))

    async def call_operation(self, operation: Name, arguments: Arguments | None = None) -> str:
        """Call an operation that reads. It changes nothing."""
        row = _find(operation)
        if row.effect == "reads":
            return await self.call(row, arguments or {})
        way = "use call_writing_operation"
        if not self._write:
            way = "the server was started without --write"
        raise ToolError(f"{lookup.python_name(row)} does not only read: {way}")

    async def confirm(
        self, operation: str, arguments: dict[str, Any], context: Context
    ) -> Confirmation | Elicit[Confirmation]:
        """Return what to ask the user, once the arguments are found to be sound."""
        row = _find(operation)
        with _errors_told():
            check_arguments(arguments, parameters(lookup.unconnected(row)))
        if row.effect not in lookup.ASKED_ABOUT or not self._ask:
            return Confirmation(send=True)
        said = f"{operation} {lookup.ASKED_ABOUT[row.effect]}"
        able = context.client_capabilities
        if able is None or able.elicitation is None:
            raise ToolError(
                f"{said}, and this program cannot ask its user: nothing was sent. Whoever started "
                "the server can give it --yes."
            )
        return Elicit(f"{said}: {output.json_line(arguments)}. Send it?", Confirmation)

    async def call(self, row: Operation, arguments: dict[str, Any]) -> str:
        """Call an operation and return its response, of a listing a page, without what is null."""
        method = getattr(getattr(self._client, row.resource), row.method)
        expected = parameters(method)
        with _errors_told():
            check_arguments(arguments, expected)
            if not row.paginated:
                called: Awaitable[Any] = method(**arguments)
                return output.json_line(_plain(await called))
            if "page_size" in expected:
                arguments = {"page_size": min(_PAGE, row.page_size_max), **arguments}
            pager: Pager[Any] = method(**arguments)
            page: Page[Any] = await pager
        rejected = {"rejected": len(page.rejected)} if page.rejected else {}
        items = [_plain(item) for item in page.items]
        return output.json_line({"items": items, "bookmark": page.bookmark, **rejected})


@contextmanager
def _errors_told() -> Generator[None]:
    """Tell an error as the command line does in JSON."""
    try:
        yield
    except PinterestError as error:
        raise ToolError(output.json_line({"error": running.described(error)})) from None


def _offered() -> list[Operation]:
    return [row for row in lookup.all_operations() if row.resource != _WITHHELD]


def _find(name: str) -> Operation:
    with _errors_told():
        row = lookup.find(name)
    if row.resource == _WITHHELD:
        raise ToolError(f"{name} gives or takes tokens, and is not offered here")
    return row


def _description(row: Operation) -> dict[str, Any]:
    method = lookup.unconnected(row)
    example = read_arguments(call_help.example_of(row, method), parameters(method))
    return {
        "operation": lookup.python_name(row),
        "does": call_help.about_of(method),
        "effect": row.effect,
        "scopes": row.scopes,
        "paginated": row.paginated,
        "arguments": [
            {
                "name": key.path,
                "takes": key.takes,
                "needed": key.needed,
                **({"about": key.about} if key.about else {}),
            }
            for key in call_help.keys_of(method)
        ],
        "example": example,
    }


def _plain(value: object) -> Any:
    if isinstance(value, Model):
        return value.to_dict(exclude_none=True)
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    return msgspec.to_builtins(value)
