"""Tokens, scopes, unknown paths, malformed requests, the log."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import ExitStack
from io import BytesIO
from urllib.parse import urlsplit

import aiohttp
import pytest

from pinterest_async.emulator import Emulator, Ports
from tests.support.emulator_api import Api, api, basic_authorization, small


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer pina_bogus"}, {"Authorization": "Basic YTpi"}],
)
async def test_nobody_is_refused_as_the_real_api_does(headers: dict[str, str]) -> None:
    """Without a good token the answer is the captured one, with a request id and no limits."""
    async with small() as client:
        answer = await client.call("GET", "/user_account", headers=headers)
    assert answer.status == 401
    assert answer.body == {"code": 2, "message": "Authentication failed.", "status": "failure"}
    assert answer.headers["x-pinterest-rid"].isdigit()
    assert len(answer.headers["x-pinterest-rid"]) == 16
    assert not [name for name in answer.headers if name.lower().startswith("x-ratelimit")]


async def test_token_does_what_its_scopes_allow() -> None:
    """A lacking scope gives 401 code 3 that names it; search wants the secret scopes."""
    async with small() as client:
        token = client.emulator.issue_token(scopes={"boards:read", "pins:read"})
        async with api(client.emulator, token) as reader:
            assert (await reader.get("/boards")).status == 200
            refused = await reader.post("/boards", {"name": "x"})
            search = await reader.get("/search/pins", query="x")
            me = await reader.get("/user_account")
    assert (refused.status, refused.body["code"]) == (401, 3)
    assert "boards:write" in refused.body["message"]
    assert (search.status, search.body["code"]) == (401, 3)
    assert (me.status, me.body["code"]) == (401, 3)


async def test_revoked_token_is_no_token() -> None:
    """A token that was revoked fails as a bogus one does."""
    async with small() as client:
        client.emulator.revoke_token(client.emulator.token)
        answer = await client.get("/user_account")
    assert (answer.status, answer.body["code"]) == (401, 2)


def test_scopes_and_accounts_must_exist() -> None:
    """A token for an unknown scope or account cannot be had."""
    emulator = Emulator(boards=0, pins=0)
    with pytest.raises(ValueError, match="boards:fly"):
        emulator.issue_token(scopes={"boards:fly"})
    with pytest.raises(KeyError):
        emulator.issue_token(username="nobody")


async def test_app_identifies_itself() -> None:
    """Operations of the app take its id and secret and nothing else."""
    async with small() as client:
        emulator = client.emulator

        async def revoke(header: str) -> int:
            headers = {
                "Authorization": header,
                "Content-Type": "application/x-www-form-urlencoded",
            }
            answer = await client.call(
                "POST", "/oauth/token/revoke", data=b"token=abc", headers=headers
            )
            return answer.status

        right = basic_authorization(emulator.app_id, emulator.app_secret)
        assert await revoke(right) == 200
        assert await revoke(basic_authorization(emulator.app_id, "guess")) == 401
        assert await revoke("Basic %%%") == 401
        assert await revoke(f"Bearer {emulator.token}") == 401
        assert emulator.requests[0].body == {"token": "abc"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, 404),
        ("GET", "/boards/12/pins/34", 404, 404),
        ("GET", "/boards/", 404, 404),
        ("PUT", "/boards", 405, 5),
        ("PATCH", "/pins/analytics", 405, 5),
        ("DELETE", "/pins/analytics", 405, 5),
        ("DELETE", "/user_account", 405, 5),
        ("GET", "/boards/my-board", 400, 1),
        ("GET", "/boards/%31%32", 404, 40),
        ("GET", "/boards/12%2F34", 400, 1),
        ("GET", "/boards/{}", 400, 1),
        ("GET", "/pins/12", 404, 50),
        ("GET", "/pins/12x", 400, 1),
        ("GET", "/boards?ad_account_id=abc", 400, 1),
        ("GET", "/boards?ad_account_id=1234567890123456789", 400, 1),
        ("GET", "/boards?privacy=public", 400, 1),
    ],
)
async def test_wrong_address(method: str, path: str, status: int, code: int) -> None:
    """Unknown paths, verbs and ids get the status and code of the real API."""
    async with small() as client:
        answer = await client.call(method, path)
    assert (answer.status, answer.body["code"]) == (status, code)


async def test_an_address_that_is_too_long_is_refused_in_json() -> None:
    """A URL beyond 8 KiB is refused with 414, in the form of every other refusal."""
    async with small() as client:
        fits = await client.call("GET", f"/boards?x={'a' * 8000}")
        refused = await client.call("GET", f"/boards?x={'a' * 9000}")
    assert fits.status == 200
    assert (refused.status, refused.body["code"]) == (414, 414)


async def test_outside_of_the_api_is_nothing() -> None:
    """A path outside the base path is 404."""
    async with small() as client, aiohttp.ClientSession() as session:
        origin = client.emulator.base_url.removesuffix("/v5")
        for path in ("/nowhere", "/v3/boards", "/v5", "/oauthx"):
            async with session.get(f"{origin}{path}") as response:
                assert response.status == 404


@pytest.mark.parametrize("data", [b"{", b"{'name': 1}", b"\xff\xfe", b'"\xff"', b"[" * 100_000])
async def test_malformed_json_is_a_bad_request(data: bytes) -> None:
    """A body that is no JSON gives 400 code 1."""
    async with small() as client:
        answer = await client.call("POST", "/boards", data=data)
    assert (answer.status, answer.body["code"]) == (400, 1)


async def test_large_picture_is_taken() -> None:
    """A picture of several megabytes in base64 makes a Pin."""
    async with small() as client:
        board = await client.new_board()
        source = {"source_type": "image_base64", "content_type": "image/png", "data": "A" * 2**22}
        body = json.dumps({"board_id": board["id"], "media_source": source}).encode()
        answer = await client.call("POST", "/pins", data=BytesIO(body))
    assert answer.status == 201


async def test_log_tells_what_was_seen() -> None:
    """Each request is in the log with its operation and outcome, and without the token."""
    async with small() as client:
        await client.post("/boards", {"name": "Cake"})
        await client.get("/boards", page_size=3, privacy="ALL")
        await client.get("/nowhere")
        created, listed, lost = client.emulator.requests
        everything = repr(client.emulator.requests) + repr([dict(r.headers) for r in [created]])
    assert (created.method, created.path, created.status) == ("POST", "/v5/boards", 201)
    assert created.operation_id == "boards/create"
    assert created.body == {"name": "Cake"}
    assert created.headers["authorization"] == "Bearer ***"
    assert listed.query == {"page_size": ["3"], "privacy": ["ALL"]}
    assert (lost.operation_id, lost.status) == (None, 404)
    assert created.request_id is not None
    assert created.request_id != listed.request_id
    assert client.emulator.token not in everything + repr(client.emulator)


async def test_requests_are_served_side_by_side() -> None:
    """Latency is waited for by all requests at once, and writes do not get mixed up."""
    async with small(latency=0.02) as client:
        boards = await asyncio.gather(*(client.new_board(name=str(n)) for n in range(20)))
        listed = await client.walk("/boards", page_size=250)
    assert {board["name"] for board in listed} == {str(n) for n in range(20)}
    assert len({board["id"] for board in boards}) == 20


async def test_port_that_is_taken_is_an_error() -> None:
    """Two emulators cannot share a port, and the second leaves nothing behind."""
    async with small() as client:
        port = int(client.emulator.base_url.removesuffix("/v5").rpartition(":")[2])
        second = Emulator(boards=0, pins=0, port=port)
        with pytest.raises(OSError, match=str(port)):
            await second.start()
        async with Emulator(boards=0, pins=0) as third, aiohttp.ClientSession() as session:
            assert (await Api(third, session, third.token).get("/boards")).status == 200


async def test_every_port_can_be_chosen() -> None:
    """Production, the sandbox and the host of files listen where they are told to."""
    with ExitStack() as free:
        sockets = [free.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        ports = [one.getsockname()[1] for one in sockets]
    own, sandbox, files = ports
    async with small(port=own, ports=Ports(sandbox=sandbox, files=files)) as client:
        media = (await client.post("/media", {"media_type": "video"})).body
        origins = (
            client.emulator.base_url,
            client.emulator.sandbox_base_url,
            media["upload_url"],
        )
    assert [urlsplit(origin).port for origin in origins] == ports
