"""Logging in: the authorize page, codes, rotation, expiry, revocation, the sandbox."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest

from pinterest_async.auth import OAuthApp
from pinterest_async.emulator import Emulator, LoginOptions, ManualClock
from pinterest_async.errors import InvalidGrant
from tests.support.emulator_api import Answer, Api, api, basic_authorization, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DAY = 86_400.0
BACK = "http://127.0.0.1:8085/callback"


@dataclass
class Desk:
    """An app that logs users in at an emulator whose time is driven."""

    client: Api
    session: aiohttp.ClientSession
    clock: ManualClock

    @property
    def emulator(self) -> Emulator:
        """The emulator."""
        return self.client.emulator

    async def ask(self, **asked: str) -> tuple[int, str, str]:
        """Open the authorize page: status, where it leads, and its text."""
        query = {
            "client_id": self.emulator.app_id,
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "boards:read,pins:read",
            "state": "s/+=",
            **asked,
        }
        address = f"{self.emulator.authorize_url}?{urlencode(query)}"
        async with self.session.get(address, allow_redirects=False) as response:
            return response.status, response.headers.get("location", ""), await response.text()

    async def code(self, **asked: str) -> str:
        """A fresh code."""
        _, location, _ = await self.ask(**asked)
        return parse_qs(urlsplit(location).query)["code"][0]

    async def token(self, base_url: str = "", **form: str) -> Answer:
        """Ask the token endpoint of a host, production unless told otherwise."""
        app = basic_authorization(self.emulator.app_id, self.emulator.app_secret)
        async with self.session.post(
            f"{base_url or self.emulator.base_url}/oauth/token",
            data=form,
            headers={"Authorization": app},
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def exchange(self, code: str, **form: str) -> Answer:
        """Exchange a code."""
        grant = {"grant_type": "authorization_code", "redirect_uri": BACK}
        return await self.token(**{**grant, "code": code, **form})

    async def refresh(self, token: str, **form: str) -> Answer:
        """Use a refresh token."""
        return await self.token(grant_type="refresh_token", refresh_token=token, **form)

    async def status(self, token: str, path: str = "/boards") -> tuple[int, Any]:
        """What a token is answered: the status and the code of the error."""
        async with api(self.emulator, token) as client:
            answer = await client.get(path)
        return answer.status, None if answer.status == 200 else answer.body["code"]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """An app whose users say yes at once."""
    clock = ManualClock()
    async with (
        small(clock=clock, login=LoginOptions(auto_approve=True)) as client,
        aiohttp.ClientSession() as session,
    ):
        yield Desk(client, session, clock)


async def test_login_from_page_to_token(desk: Desk) -> None:
    """The page sends back a code and the state; the code gives tokens with all that goes along."""
    status, location, _ = await desk.ask()
    back = parse_qs(urlsplit(location).query)
    answer = await desk.exchange(back["code"][0])
    assert status == 302
    assert location.startswith(f"{BACK}?")
    assert back["state"] == ["s/+="]
    token = answer.body
    assert answer.status == 200
    assert token.pop("access_token").startswith("pina_")
    assert token.pop("refresh_token").startswith("pinr_")
    assert token == {
        "token_type": "bearer",
        "response_type": "authorization_code",
        "scope": "boards:read,pins:read",
        "expires_in": 2_592_000,
        "refresh_token_expires_in": 5_184_000,
        "refresh_token_expires_at": int(desk.clock()) + 5_184_000,
    }


async def test_our_own_app_logs_in(desk: Desk) -> None:
    """The library's own `OAuthApp`, told nothing but the base URL, finds page and endpoint."""
    emulator = desk.emulator
    app = OAuthApp(
        emulator.app_id,
        emulator.app_secret,
        BACK,
        base_url=emulator.base_url,
        session=desk.session,
        clock=desk.clock,
    )
    url = app.authorize_url(["user_accounts:read"])
    async with desk.session.get(url, allow_redirects=False) as response:
        address = response.headers["location"]
    token = await app.exchange(app.read_redirect(address, state=url.state))
    renewed = await app.refresh(token)
    assert await desk.status(renewed.access, "/user_account") == (200, None)
    assert renewed.scopes == ("user_accounts:read",)
    desk.clock.advance(60)
    with pytest.raises(InvalidGrant):
        await app.refresh(token)


@pytest.mark.parametrize(
    "asked",
    [
        {"client_id": "12"},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": "https://evil.example.com/"},
        {"response_type": "token"},
        {"scope": ""},
        {"scope": "boards:fly"},
        {"username": "nobody"},
    ],
)
async def test_page_refuses_without_sending_anywhere(desk: Desk, asked: dict[str, str]) -> None:
    """A request with a fault in it gets a page that says so, and never a redirect."""
    status, location, text = await desk.ask(**asked)
    assert (status, location) == (400, "")
    assert "Not possible" in text


async def test_page_asks_and_the_button_answers() -> None:
    """Without automatic approval the page shows who wants what; its form leads back to the app."""
    async with small() as client, aiohttp.ClientSession() as session:
        emulator = client.emulator
        emulator.add_account("bo")
        desk = Desk(client, session, ManualClock())
        status, _, text = await desk.ask(state='"><script>')
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)">', text))
        fields["state"] = "s"

        async def press(decision: str) -> dict[str, list[str]]:
            form = {**fields, "decision": decision, "username": "bo"}
            async with session.post(
                emulator.authorize_url, data=form, allow_redirects=False
            ) as response:
                return parse_qs(urlsplit(response.headers["location"]).query)

        denied = await press("deny")
        allowed = await press("allow")
        token = await desk.exchange(allowed["code"][0])
        async with api(emulator, token.body["access_token"]) as theirs:
            boards = await theirs.get("/boards")
    assert status == 200
    assert "boards:read" in text
    assert "<option>bo</option>" in text
    assert "<script>" not in text
    assert denied == {"error": ["access_denied"], "state": ["s"]}
    assert allowed["state"] == ["s"]
    assert boards.status == 200


async def test_code_is_good_once(desk: Desk) -> None:
    """A code that is used again is refused, and what it gave before dies."""
    code = await desk.code()
    first = (await desk.exchange(code)).body
    assert await desk.status(first["access_token"]) == (200, None)
    again = await desk.exchange(code)
    assert (again.status, again.body["code"]) == (401, 283)
    assert await desk.status(first["access_token"]) == (401, 2)
    assert (await desk.refresh(first["refresh_token"])).body["code"] == 283


async def test_code_belongs_to_its_redirect_and_its_time(desk: Desk) -> None:
    """A code goes with the address that it was sent to, and is soon too old."""
    elsewhere = await desk.exchange(await desk.code(), redirect_uri="http://localhost:8085/")
    unknown = await desk.exchange("0" * 40)
    late = await desk.code()
    desk.clock.advance(301)
    expired = await desk.exchange(late)
    assert [a.body["code"] for a in (elsewhere, unknown, expired)] == [283] * 3


async def test_refresh_token_rotates(desk: Desk) -> None:
    """Each refresh gives a new refresh token; the old one is good for the grace alone."""
    first = (await desk.exchange(await desk.code())).body
    second = (await desk.refresh(first["refresh_token"])).body
    assert second["refresh_token"] != first["refresh_token"]
    assert second["response_type"] == "refresh_token"
    desk.clock.advance(9)
    assert (await desk.refresh(first["refresh_token"])).status == 200
    assert await desk.status(first["access_token"]) == (200, None)
    third = (await desk.refresh(second["refresh_token"])).body
    assert await desk.status(third["access_token"]) == (200, None)


async def test_stolen_refresh_token_ends_the_login(desk: Desk) -> None:
    """A refresh token that is used again after the grace takes everything down with it."""
    first = (await desk.exchange(await desk.code())).body
    second = (await desk.refresh(first["refresh_token"])).body
    desk.clock.advance(11)
    reused = await desk.refresh(first["refresh_token"])
    assert (reused.status, reused.body["code"]) == (401, 283)
    assert (await desk.refresh(second["refresh_token"])).body["code"] == 283
    assert await desk.status(second["access_token"]) == (401, 2)
    assert (await desk.exchange(await desk.code())).status == 200


async def test_tokens_expire_on_the_driven_clock(desk: Desk) -> None:
    """After 30 days the access token fails with 401 code 2, after 60 the refresh token does."""
    token = (await desk.exchange(await desk.code())).body
    desk.clock.advance(30 * DAY - 1)
    assert await desk.status(token["access_token"]) == (200, None)
    desk.clock.advance(1)
    assert await desk.status(token["access_token"]) == (401, 2)
    assert await desk.status(desk.emulator.token) == (401, 2)
    desk.clock.advance(30 * DAY)
    assert (await desk.refresh(token["refresh_token"])).body["code"] == 283


async def test_scope_is_everything_ever_granted(desk: Desk) -> None:
    """A second, narrower login gives the scopes of the first too; a refresh can ask less."""
    await desk.exchange(await desk.code(scope="boards:read pins:read"))
    token = (await desk.exchange(await desk.code(scope="user_accounts:read"))).body
    assert token["scope"] == "boards:read,pins:read,user_accounts:read"
    assert await desk.status(token["access_token"]) == (200, None)
    less = (await desk.refresh(token["refresh_token"], scope="user_accounts:read")).body
    assert less["scope"] == "user_accounts:read"
    assert await desk.status(less["access_token"]) == (401, 3)
    more = await desk.refresh(less["refresh_token"], scope="ads:write")
    assert (more.status, more.body["code"]) == (400, 1)


async def test_app_speaks_for_its_owner(desk: Desk) -> None:
    """The client-credentials grant has no refresh token and is let into the operations it may."""
    answer = await desk.token(grant_type="client_credentials", scope="boards:read,pins:read")
    token = answer.body
    assert "refresh_token" not in token
    assert token["response_type"] == "client_credentials"
    assert await desk.status(token["access_token"]) == (200, None)
    assert await desk.status(token["access_token"], "/media") == (403, 29)
    assert await desk.status(token["access_token"], "/user_account") == (401, 3)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"grant_type": "password"},
        {"grant_type": "authorization_code", "code": "x"},
        {"grant_type": "refresh_token"},
        {"grant_type": "client_credentials"},
        {"grant_type": "client_credentials", "scope": "boards:fly"},
    ],
)
async def test_malformed_request_for_a_token(desk: Desk, form: dict[str, str]) -> None:
    """A form that lacks something gives 400 code 1."""
    answer = await desk.token(**form)
    assert (answer.status, answer.body["code"]) == (400, 1)


async def test_old_app_has_to_ask_for_renewal() -> None:
    """An old app keeps its refresh token for a year, unless it asks for continuous refresh."""
    async with (
        small(login=LoginOptions(auto_approve=True, old_app=True, refresh_grace=0)) as client,
        aiohttp.ClientSession() as session,
    ):
        desk = Desk(client, session, ManualClock())
        legacy = (await desk.exchange(await desk.code())).body
        refreshed = (await desk.refresh(legacy["refresh_token"])).body
        asked = (await desk.refresh(legacy["refresh_token"], continuous_refresh="true")).body
        modern = (await desk.exchange(await desk.code(), continuous_refresh="true")).body
        assert legacy["refresh_token_expires_in"] == 365 * DAY
        assert "refresh_token" not in refreshed
        assert asked["refresh_token"] != legacy["refresh_token"]
        assert modern["refresh_token_expires_in"] == 60 * DAY
        assert (await desk.refresh(asked["refresh_token"])).status == 200
        assert (await desk.refresh(legacy["refresh_token"])).body["code"] == 283


async def test_only_system_users_tokens_are_revoked_by_the_app(desk: Desk) -> None:
    """A system user's token dies at once; an ordinary one is not the app's to revoke."""
    emulator = desk.emulator
    robot = emulator.issue_token(system_user=True)
    app = basic_authorization(emulator.app_id, emulator.app_secret)

    async def revoke(token: str) -> tuple[int, bytes]:
        address = f"{emulator.base_url}/oauth/token/revoke"
        headers = {"Authorization": app}
        async with desk.session.post(address, data={"token": token}, headers=headers) as response:
            return response.status, await response.read()

    assert await revoke(robot) == (200, b"")
    assert await desk.status(robot) == (401, 2)
    assert await revoke(robot) == (200, b"")
    assert (await revoke(emulator.token))[0] == 403
    assert await desk.status(emulator.token) == (200, None)


async def test_revoked_refresh_token_is_a_dead_login(desk: Desk) -> None:
    """Whatever of a login is revoked by the test, all of it is dead."""
    token = (await desk.exchange(await desk.code())).body
    desk.emulator.revoke_token(token["refresh_token"])
    assert await desk.status(token["access_token"]) == (401, 2)
    with pytest.raises(KeyError):
        desk.emulator.revoke_token("pinr_unknown")


async def test_conversion_token_sends_events_and_nothing_else(desk: Desk) -> None:
    """It lives on, spends from no window, and is let into one operation."""
    token = (await desk.client.post("/oauth/conversion_token", None)).body["access_token"]
    desk.clock.advance(400 * DAY)
    async with api(desk.emulator, token) as client:
        sent = await client.post("/ad_accounts/77/events", {"data": []})
        refused = await client.get("/ad_accounts")
    assert sent.status not in {401, 403}
    assert not [name for name in sent.headers if name.lower().startswith("x-ratelimit")]
    assert (refused.status, refused.body["code"]) == (403, 29)


async def test_sandbox_is_another_world(desk: Desk) -> None:
    """Its tokens, its data and its operations are its own, and its tokens live for a day."""
    emulator = desk.emulator
    await desk.client.new_board()

    async def at(base_url: str, token: str, path: str = "/boards") -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        async with desk.session.get(f"{base_url}{path}", headers=headers) as response:
            return response.status, await response.json()

    sandbox = emulator.sandbox_base_url
    status, page = await at(sandbox, emulator.sandbox_token)
    assert (status, page["items"]) == (200, [])
    assert (await at(sandbox, emulator.token))[1]["code"] == 2
    assert (await at(emulator.base_url, emulator.sandbox_token))[1]["code"] == 2
    status, refusal = await at(sandbox, emulator.sandbox_token, "/search/boards?query=x")
    assert (status, refusal["code"]) == (403, 29)
    token = await desk.token(
        sandbox, grant_type="authorization_code", code=await desk.code(), redirect_uri=BACK
    )
    assert (await at(sandbox, token.body["access_token"]))[0] == 200
    assert (await at(emulator.base_url, token.body["access_token"]))[0] == 401
    desk.clock.advance(DAY)
    assert (await at(sandbox, emulator.sandbox_token))[0] == 401


async def test_trial_app_creates_pins_in_the_sandbox() -> None:
    """What Trial access forbids in production, the sandbox allows."""
    async with small(tier="trial") as client, aiohttp.ClientSession() as session:
        emulator = client.emulator
        headers = {"Authorization": f"Bearer {emulator.sandbox_token}"}

        async def post(path: str, body: Any) -> tuple[int, Any]:
            async with session.post(
                f"{emulator.sandbox_base_url}{path}", json=body, headers=headers
            ) as response:
                return response.status, await response.json()

        _, board = await post("/boards", {"name": "b"})
        source = {"source_type": "image_url", "url": "https://example.com/1.jpg"}
        status, _ = await post("/pins", {"board_id": board["id"], "media_source": source})
    assert status == 201


async def test_no_secret_is_shown(desk: Desk) -> None:
    """Neither codes nor tokens are in the text of the emulator, its app or its log."""
    code = await desk.code()
    token = (await desk.exchange(code)).body
    emulator = desk.emulator
    shown = f"{emulator!r} {emulator.app!r} {emulator.requests!r}"
    for secret in (code, token["access_token"], token["refresh_token"], emulator.app_secret):
        assert secret not in shown
