"""The tools for assistants: in this process, and with a real client over stdio."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import ElicitResult, TextContent

from pinterest_async import Pinterest
from pinterest_async.cli import lookup
from pinterest_async.cli.mcp_server import make_server
from pinterest_async.emulator import Answer, Emulator, OverQuota, in_thread
from tests.support.commands import COMMAND, environment, point_at

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from tests.support.commands import Shell

MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])


class User:
    """Somebody at an assistant's program."""

    def __init__(self, action: Any = "accept", *, send: bool = True) -> None:
        self.asked: list[str] = []
        self._answer = ElicitResult(action=action, content={"send": send})

    async def __call__(self, context: Any, params: Any) -> ElicitResult:  # noqa: ARG002
        """Answer what is asked."""
        self.asked.append(params.message)
        return self._answer


class Assistant:
    """What an assistant's program does with the tools."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def tools(self) -> dict[str, Any]:
        """The tools by their names."""
        return {tool.name: tool for tool in (await self.client.list_tools()).tools}

    async def __call__(self, tool: str, **arguments: Any) -> Any:
        """Use a tool, and return the JSON that it answers with."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        return json.loads(self._text(result))

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Use a tool that refuses, and return what it says."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, result.content
        return self._text(result)

    def _text(self, result: Any) -> str:
        (content,) = result.content
        assert isinstance(content, TextContent)
        return content.text


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A small account."""
    with in_thread(Emulator(boards=30, pins=12)) as emulator:
        yield emulator


@asynccontextmanager
async def assistant(
    emulator: Emulator,
    *,
    write: bool = False,
    ask: bool = True,
    user: User | None = None,
    mode: str = "auto",
) -> AsyncGenerator[Assistant]:
    """An assistant with a server in this process."""
    async with (
        Pinterest(emulator.token, base_url=emulator.base_url, retry=0, max_wait=0.5) as pinterest,
        Client(
            make_server(pinterest, write=write, ask=ask), mode=mode, elicitation_callback=user
        ) as client,
    ):
        yield Assistant(client)


def error_of(text: str) -> dict[str, Any]:
    """The error in what a tool says, behind the tool's name."""
    error: dict[str, Any] = json.loads(text[text.index("{") :])["error"]
    return error


async def test_it_searches_describes_and_calls(emulator: Emulator) -> None:
    """A search leads to a description, whose example can be called as it stands."""
    async with assistant(emulator) as use:
        found = await use("search_operations", words="board pins list")
        assert "boards.list_pins" in {row["operation"] for row in found["operations"]}
        told = await use("describe_operation", operation="boards.list_pins")
        assert told["effect"] == "reads"
        names = {argument["name"]: argument for argument in told["arguments"]}
        assert names["board_id"]["needed"]
        assert names["page_size"]["takes"] == "number"
        assert {*told["example"]} == {"board_id"}
        page = await use("call_operation", operation="boards.list")
        assert len(page["items"]) == 25
        rest = await use(
            "call_operation", operation="boards.list", arguments={"bookmark": page["bookmark"]}
        )
        assert len(rest["items"]) == 5
        assert rest["bookmark"] is None
        board = await use(
            "call_operation",
            operation="boards/get",
            arguments={"board_id": page["items"][0]["id"]},
        )
        assert board["name"] == page["items"][0]["name"]
        assert None not in board.values()


async def test_every_operation_can_be_described(emulator: Emulator) -> None:
    """Each that is offered has a description; those about tokens are not offered."""
    async with assistant(emulator, write=True) as use:
        for row in lookup.all_operations():
            name = lookup.python_name(row)
            if row.resource == "oauth":
                said = await use.refused("describe_operation", operation=name)
                assert "tokens" in said
                continue
            told = await use("describe_operation", operation=name)
            assert told["operation"] == name
            needed = {one["name"] for one in told["arguments"] if one["needed"]}
            assert {one for one in needed if "." not in one and "[]" not in one} <= {
                *told["example"]
            }


async def test_without_write_it_reads_only(emulator: Emulator) -> None:
    """There is no tool that writes, the others say so, and no search finds what writes."""
    async with assistant(emulator) as use:
        tools = await use.tools()
        assert {*tools} == {"search_operations", "describe_operation", "call_operation"}
        assert all(tool.annotations.read_only_hint for tool in tools.values())
        found = await use("search_operations", words="boards create")
        assert found["operations"] == []
        assert "boards.create" in found["only_with_write"]
        said = await use.refused(
            "call_operation", operation="boards.create", arguments={"name": "Plum cakes"}
        )
        assert "started without --write" in said
    assert emulator.requests == []


async def test_with_write_it_writes(emulator: Emulator) -> None:
    """What can be changed back is not asked about, and has a tool of its own that says so."""
    user = User()
    async with assistant(emulator, write=True, user=user) as use:
        assert (await use.tools())["call_writing_operation"].annotations.destructive_hint
        board = {"operation": "boards.create", "arguments": {"name": "Plum cakes"}}
        assert "call_writing_operation" in await use.refused("call_operation", **board)
        made = await use("call_writing_operation", **board)
        assert made["name"] == "Plum cakes"
    assert user.asked == []


@MODES
async def test_what_cannot_be_undone_is_asked_about(emulator: Emulator, mode: str) -> None:
    """The user sees operation and arguments, and decides; both eras of the protocol can ask."""
    board_id = next(iter(emulator.account.saved.boards))
    delete = {"operation": "boards.delete", "arguments": {"board_id": board_id}}
    for user in (User("decline"), User("cancel"), User(send=False)):
        async with assistant(emulator, write=True, user=user, mode=mode) as use:
            await use.refused("call_writing_operation", **delete)
        assert user.asked == [
            f'boards.delete cannot be undone: {{"board_id":"{board_id}"}}. Send it?'
        ]
    assert emulator.requests == []
    async with assistant(emulator, write=True, user=User(), mode=mode) as use:
        await use("call_writing_operation", **delete)
    assert board_id not in emulator.account.saved.boards


@MODES
async def test_who_cannot_ask_is_refused(emulator: Emulator, mode: str) -> None:
    """A program that cannot ask its user sends nothing, unless the server was given --yes."""
    board_id = next(iter(emulator.account.saved.boards))
    delete = {"operation": "boards.delete", "arguments": {"board_id": board_id}}
    async with assistant(emulator, write=True, mode=mode) as use:
        said = await use.refused("call_writing_operation", **delete)
        assert "cannot be undone" in said
        assert "--yes" in said
    assert emulator.requests == []
    async with assistant(emulator, write=True, ask=False, mode=mode) as use:
        await use("call_writing_operation", **delete)
    assert board_id not in emulator.account.saved.boards


async def test_arguments_are_judged_before_the_user_is_asked(emulator: Emulator) -> None:
    """A key that is unknown or missing is refused by name, and nobody is bothered."""
    user = User()
    async with assistant(emulator, write=True, user=user) as use:
        for arguments, words in (({}, "missing: board_id"), ({"board": "1"}, "no parameter")):
            said = await use.refused(
                "call_writing_operation", operation="boards.delete", arguments=arguments
            )
            assert words in said
        said = await use.refused("call_operation", operation="boards.gte")
        assert "did you mean boards.get" in said
    assert user.asked == []
    assert emulator.requests == []


async def test_errors_and_limits_are_told(emulator: Emulator) -> None:
    """A refusal comes as JSON with what Pinterest said, a limit with when to come back."""
    async with assistant(emulator) as use:
        emulator.fail("boards/get", Answer(404, {"code": 40, "message": "Board not found."}))
        said = error_of(
            await use.refused("call_operation", operation="boards.get", arguments={"board_id": "1"})
        )
        assert (said["type"], said["status"], said["code"]) == ("NotFound", 404, 40)
        assert said["request_id"]
        emulator.fail("boards/list", OverQuota())
        await use.refused("call_operation", operation="boards.list")
        said = error_of(await use.refused("call_operation", operation="boards.list"))
        assert said["type"] == "RateLimitTooLong"


@MODES
async def test_over_stdio(emulator: Emulator, mode: str) -> None:
    """The command serves a client of the official SDK, and ends with it."""
    user = User()
    parameters = StdioServerParameters(
        command=COMMAND[0], args=[*COMMAND[1:], "mcp", "--write"], env=environment(emulator)
    )
    async with Client(parameters, mode=mode, elicitation_callback=user) as client:
        use = Assistant(client)
        page = await use("call_operation", operation="boards.list")
        board_id = page["items"][0]["id"]
        await use(
            "call_writing_operation",
            operation="boards.delete",
            arguments={"board_id": board_id},
        )
    assert len(user.asked) == 1
    assert board_id not in emulator.account.saved.boards


def test_the_command_is_checked(
    shell: Shell, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--yes` needs `--write`, a login has to be there, and a missing extra is named."""
    ended = shell("mcp")
    assert ended.code == 2
    assert "pinterest-async login" in ended.complaint
    point_at(emulator, monkeypatch)
    ended = shell("mcp", "--yes")
    assert ended.code == 2
    assert "--write" in ended.complaint
    monkeypatch.setitem(sys.modules, "pinterest_async.cli.mcp_server", None)
    ended = shell("mcp")
    assert ended.code == 2
    assert "pip install 'pinterest-async[cli,mcp]'" in ended.complaint


def test_it_ends_with_its_input(emulator: Emulator) -> None:
    """An assistant that goes away leaves no server behind, and nothing but JSON was printed."""
    ended = subprocess.run(
        [*COMMAND, "mcp"],
        env=environment(emulator),
        input="",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr == ""
