"""The server: from the bytes of a request to the bytes of an answer."""

from __future__ import annotations

import asyncio
import base64
import binascii
from random import Random
from typing import TYPE_CHECKING, Self

from aiohttp import web

from pinterest_async.emulator import dispatch, media, wire
from pinterest_async.emulator.call import Call
from pinterest_async.emulator.clock import Clock, machine_time
from pinterest_async.emulator.faults import Delay, Fault, Faults, OverQuota, SpamBlock
from pinterest_async.emulator.limits import HeaderForm, RateLimits, Tier, Window, WindowKind
from pinterest_async.emulator.log import SeenRequest, masked
from pinterest_async.emulator.paging import LastBookmark, Pages
from pinterest_async.emulator.refusals import (
    Refusal,
    authentication_failed,
    bad_parameter,
    missing_scopes,
    not_found,
    over_quota,
    spam_block,
)
from pinterest_async.emulator.routing import Router
from pinterest_async.emulator.world import SCOPES, Grant, World
from pinterest_async.operations import OPERATIONS, Operation

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from pinterest_async.emulator.call import Reply

BASE_PATH = "/v5"
USERNAME = "plum_and_rye"

_NO_LIMITS: Mapping[str, Sequence[tuple[int, float]]] = {}


class Emulator:
    """A Pinterest on this machine, with state: what is created can be listed, changed and deleted.

    Every operation of the table answers. Use it as `async with Emulator() as emulator:` and give a
    client `emulator.token` and `emulator.base_url`.

    Args:
        seed: decides the account's content, the ids and the tokens.
        boards: how many boards the account has.
        pins: how many Pins, over all boards.
        tier: `standard`, or `trial`: a day's budget for the app, and no Pins can be created.
        windows: `fixed` rate-limit windows aligned to the clock, or `sliding` ones.
        limits: category (or `universal`) to `(calls, seconds)` pairs, in place of Pinterest's.
        enforce_limits: whether a used-up window refuses; the headers are sent in any case.
        rate_limit_headers: their form: `named` and `unnamed` windows, a plain `integer`, `absent`.
        latency: seconds that every request waits for its answer.
        last_bookmark: how the end of a list is told: `null`, `missing` or `empty`.
        empty_pages: whether an empty page with a live bookmark follows each full one.
        clock: the time of windows and of what is created, in seconds since 1970.
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.

    Raises:
        ValueError: a category of `limits` that does not exist.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        boards: int = 40,
        pins: int = 4000,
        tier: Tier = "standard",
        windows: WindowKind = "fixed",
        limits: Mapping[str, Sequence[tuple[int, float]]] = _NO_LIMITS,
        enforce_limits: bool = True,
        rate_limit_headers: HeaderForm = "named",
        latency: float = 0.0,
        last_bookmark: LastBookmark = "null",
        empty_pages: bool = False,
        clock: Clock = machine_time,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.latency = latency
        self.requests: list[SeenRequest] = []
        self.app_id = "1477000"
        self.app_secret = f"{Random(f'{seed} app').getrandbits(160):040x}"
        self._host = host
        self._port = port
        self._enforce_limits = enforce_limits
        self._world = World(seed, clock, tier)
        self._pages = Pages(seed=seed, last_bookmark=last_bookmark, empty_pages=empty_pages)
        self._limits = RateLimits(
            tier=tier, windows=windows, overrides=limits, headers=rate_limit_headers, clock=clock
        )
        self._faults = Faults()
        self._router = Router(OPERATIONS.values())
        self._random = Random(f"{seed} requests")
        self._runner: web.ServerRunner | None = None
        self.account = self._world.add_account(USERNAME, boards=boards, pins=pins)
        self.token = self.issue_token()

    def __repr__(self) -> str:
        return f"<Emulator {self._world.origin or 'not running'}>"

    # For tests

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL.

        Raises:
            RuntimeError: the server is not running.
        """
        if not self._world.origin:
            raise RuntimeError("the emulator is not running: use it in `async with`, or start() it")
        return f"{self._world.origin}{BASE_PATH}"

    @property
    def refused(self) -> Counter[str]:
        """How many requests were answered with 429, by rate-limit category."""
        return self._limits.refused

    def add_account(self, username: str, *, boards: int = 0, pins: int = 0) -> str:
        """Open another account, and return a token of it with every scope."""
        account = self._world.add_account(username, boards=boards, pins=pins)
        return self._world.issue_token(account, SCOPES)

    def issue_token(
        self, *, scopes: Iterable[str] | None = None, username: str | None = None
    ) -> str:
        """A further token.

        Args:
            scopes: what it may do; every scope when None.
            username: the account it speaks for; the first one when None.

        Raises:
            ValueError: no such scope.
            KeyError: no such account.
        """
        account = self.account if username is None else self._world.accounts[username]
        return self._world.issue_token(account, SCOPES if scopes is None else scopes)

    def revoke_token(self, token: str) -> None:
        """Make a token fail from now on with 401 code 2."""
        del self._world.grants[token]

    def fail(self, operation_id: str, fault: Fault, *, times: int = 1, skip: int = 0) -> None:
        """Make the next requests of an operation go wrong.

        Args:
            operation_id: as in `OPERATIONS`, or `*` for any.
            fault: what happens to them.
            times: how many requests it happens to.
            skip: how many requests pass unharmed before that.

        Raises:
            ValueError: no such operation, or less than one time.
        """
        if operation_id != "*" and operation_id not in OPERATIONS:
            raise ValueError(f"no operation is called {operation_id!r}")
        if times < 1 or skip < 0:
            raise ValueError("times must be at least 1 and skip at least 0")
        self._faults.plan(operation_id, fault, times=times, skip=skip)

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        self._faults.clear()

    # Running

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        server = web.Server(self._respond, request_factory=wire.new_request)
        runner = web.ServerRunner(server, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            await site.start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        port = runner.addresses[0][1]
        self._world.origin = f"http://{self._host}:{port}"

    async def stop(self) -> None:
        """Stop listening and drop every connection. State is kept."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            self._world.origin = ""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    # One request

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        seen = SeenRequest(
            request.method,
            request.path,
            {name: request.query.getall(name) for name in request.query},
            masked(request.headers),
            request_id=str(self._random.randrange(10**15, 10**16)),
        )
        self.requests.append(seen)
        if self.latency:
            await asyncio.sleep(self.latency)
        raw_path = request.raw_path.partition("?")[0]
        body = await request.read() if request.can_read_body else b""
        if raw_path.startswith(f"{media.UPLOAD_PATH}/"):
            return self._receive_upload(raw_path, seen)
        try:
            if not raw_path.startswith(f"{BASE_PATH}/"):
                raise not_found("Page")
            operation, path = self._router.find(request.method, raw_path[len(BASE_PATH) :])
        except Refusal as refusal:
            seen.body = body or None
            return wire.response(seen, wire.refused(refusal), {})
        seen.operation_id = operation.id
        seen.body = wire.decoded(operation, body)
        fault = self._faults.take(operation.id)
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.seconds)
        reply, limit_headers = wire.NOT_REACHED
        if not wire.is_before(fault):
            reply, limit_headers = self._serve(request, operation, path, seen.body, fault)
        response = await wire.spoilt(request, seen, fault, reply, limit_headers)
        if response.status == 429 and seen.status is not None:
            self._limits.refused[operation.category] += 1
        return response

    def _serve(
        self,
        request: web.BaseRequest,
        operation: Operation,
        path: dict[str, str],
        body: object,
        fault: Fault | None,
    ) -> tuple[Reply, Mapping[str, str]]:
        """The answer of the API, and the headers that tell its limits."""
        windows: Sequence[Window] = ()
        try:
            grant = self._authorise(request, operation)
            windows = self._limits.windows(
                operation.category, grant.account.username, path.get("ad_account_id")
            )
            if isinstance(fault, OverQuota):
                return wire.refused(over_quota()), self._limits.written(
                    windows, windows[-1].limit, 0, fault.reset
                )
            if isinstance(fault, SpamBlock):
                raise spam_block()
            if not self._limits.admit(windows) and self._enforce_limits:
                raise over_quota()
            if isinstance(body, bytes):
                raise bad_parameter("the body is not valid JSON")
            reply = dispatch.answer(
                Call(
                    operation=operation,
                    path=path,
                    query=request.query,
                    body=body,
                    account=grant.account,
                    scopes=grant.scopes,
                    world=self._world,
                    pages=self._pages,
                )
            )
        except Refusal as refusal:
            reply = wire.refused(refusal)
        return reply, self._limits.headers(windows) if windows else {}

    def _authorise(self, request: web.BaseRequest, operation: Operation) -> Grant:
        """Whose call it is. A 401 spends nothing and tells no limits."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if operation.basic:
            if scheme.lower() != "basic" or not self._is_app(secret):
                raise authentication_failed()
            return Grant(self.account, SCOPES)
        grant = self._world.grants.get(secret.strip()) if scheme.lower() == "bearer" else None
        if grant is None:
            raise authentication_failed()
        if not grant.scopes.issuperset(operation.scopes):
            raise missing_scopes(set(operation.scopes) - grant.scopes)
        return grant

    def _is_app(self, secret: str) -> bool:
        try:
            return base64.b64decode(secret).decode() == f"{self.app_id}:{self.app_secret}"
        except (binascii.Error, UnicodeDecodeError):
            return False

    def _receive_upload(self, raw_path: str, seen: SeenRequest) -> web.Response:
        media_id = raw_path.rpartition("/")[2]
        accounts = self._world.accounts.values()
        known = any(media.receive(account, media_id) for account in accounts)
        seen.status = 204 if known else 404
        return web.Response(status=seen.status)
