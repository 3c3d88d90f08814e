"""The server: from the bytes of a request to the bytes of a response."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Self

from aiohttp import web

from pinterest_async.emulator.hosts import authorize, drawing, front_page, widgets
from pinterest_async.emulator.hosts.api import Api
from pinterest_async.emulator.hosts.files import Files
from pinterest_async.emulator.http import fault_responses, wire
from pinterest_async.emulator.http.faults import PASSING, Delay, Fault, Faults, OverQuota, SpamBlock
from pinterest_async.emulator.http.faults import checked as check_fault
from pinterest_async.emulator.http.log import BODY_MAX, SeenRequest, masked
from pinterest_async.emulator.http.routing import Router
from pinterest_async.emulator.options import (
    LIMIT_OPTIONS,
    LOGIN_OPTIONS,
    PAGING_OPTIONS,
    PORTS,
    LimitOptions,
    LoginOptions,
    PagingOptions,
    Ports,
)
from pinterest_async.emulator.schema.errors import Refusal, not_found, over_quota, spam_block
from pinterest_async.emulator.state import account_file
from pinterest_async.emulator.state.apps import RegisteredApp
from pinterest_async.emulator.state.clock import Clock, machine_time
from pinterest_async.emulator.state.files import Forms, Slots
from pinterest_async.emulator.state.limits import RateLimits, Tier
from pinterest_async.emulator.state.paging import Pages
from pinterest_async.emulator.state.quirks import checked
from pinterest_async.emulator.state.tokens import ACCESS_LIFE, SANDBOX_LIFE, SCOPES, Tokens
from pinterest_async.emulator.state.work import Jobs
from pinterest_async.emulator.state.world import World
from pinterest_async.operations import OPERATIONS
from pinterest_async.operations.naming import no_such

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
    from types import TracebackType

    from pinterest_async.emulator.state.account import Account
    from pinterest_async.emulator.state.account_file import AccountFile
    from pinterest_async.emulator.state.quirks import Quirk
    from pinterest_async.emulator.state.work import Ending
    from pinterest_async.operations import Operation

BASE_PATH = "/v5"
USERNAME = "plum_and_rye"

_URL_MAX = 8190
_LINE_MAX = 64 * 1024
"""Bytes of a request line that are read at all: what is longer than a URL may be has a response."""

_KNOWN = OPERATIONS.keys() | widgets.OPERATIONS.keys()
"""What faults can be planned for."""
_NO_LIMITS: Mapping[str, Sequence[tuple[int, float]]] = {}


class Emulator:
    """A Pinterest on this machine, with state: what is created can be listed, changed and deleted.

    Every operation of the table answers. Use it as `async with Emulator() as emulator:` and give a
    client `emulator.token` and `emulator.base_url`. The sandbox is a host of its own, with its own
    data and tokens.

    Args:
        seed: decides the account's content, the ids and the tokens.
        account: a JSON file that says what the account holds, in place of `boards` and `pins`;
            the page on testing shows its form.
        boards: how many boards the account has.
        pins: how many Pins, over all boards.
        tier: `standard`, or `trial`: a day's budget for the app, and no Pins can be created.
        limits: category (or `universal`) to `(calls, seconds)` pairs, in place of Pinterest's.
        enforce_limits: whether a used-up window refuses; the headers are sent in any case.
        limit_options: how those are counted and told.
        latency: seconds that every request waits for its response.
        paging: how lists are cut into pages.
        login: how users log in, and what the app gets of it.
        job_seconds: how long a report, the processing of a video and other such work takes.
        quirks: surprises to switch on; see `Quirk`. The attribute of that name can be changed.
        faults: the share of requests that meet a fault which passes, from 0 to 1.
        local_pictures: whether the addresses of pictures lead to this machine, where they are
            drawn, in place of `i.pinimg.com`; the port is another one each time.
        longest_log: how many requests `requests` holds at most; the oldest go first.
        clock: the time of windows, of tokens and of what is created, in seconds since 1970.
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.
        ports: those of the sandbox and of the host of files.

    Raises:
        ValueError: a category of `limits` or one of the `quirks` does not exist, or `faults` is no
            share, or the file of the account is not in its form.
        OSError: that file cannot be read.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        account: Path | str | None = None,
        boards: int = 40,
        pins: int = 4000,
        tier: Tier = "standard",
        limits: Mapping[str, Sequence[tuple[int, float]]] = _NO_LIMITS,
        enforce_limits: bool = True,
        limit_options: LimitOptions = LIMIT_OPTIONS,
        latency: float = 0.0,
        paging: PagingOptions = PAGING_OPTIONS,
        login: LoginOptions = LOGIN_OPTIONS,
        job_seconds: float = 1.0,
        quirks: Collection[Quirk] = (),
        faults: float = 0.0,
        local_pictures: bool = False,
        longest_log: int = 10_000,
        clock: Clock = machine_time,
        host: str = "127.0.0.1",
        port: int = 0,
        ports: Ports = PORTS,
    ) -> None:
        self.seed = seed
        self.latency = latency
        self.requests: list[SeenRequest] = []
        """What was received, the first request first; at most `longest_log` of them."""
        self.app: RegisteredApp = RegisteredApp(
            seed, set(login.redirect_uris), old=login.old_app, auto_approve=login.auto_approve
        )
        self.quirks: set[Quirk] = checked(quirks)
        """The surprises that are on; add to it, or take out of it, at any time."""
        self._host = host
        self._ports = port, ports.sandbox, ports.files
        self._faults = Faults(Random(f"{seed} faults"))
        self._longest_log = longest_log
        self._router = Router(OPERATIONS.values())
        self._widgets = Router(widgets.OPERATIONS.values())
        self._random = Random(f"{seed} requests")
        self._runners: list[web.ServerRunner] = []
        forms, slots = Forms(clock), Slots(clock)
        self._apis = tuple(
            Api(
                World(
                    seed if name == "production" else -1 - seed,  # other ids, other figures
                    clock,
                    tier,
                    self.app,
                    Tokens(name, seed=seed, clock=clock, refresh_grace=login.refresh_grace),
                    forms,
                    slots,
                    sandbox=name == "sandbox",
                    jobs=Jobs(seconds=job_seconds),
                    quirks=self.quirks,
                ),
                pages=Pages(
                    seed=seed, last_bookmark=paging.last_bookmark, empty_pages=paging.empty_pages
                ),
                limits=RateLimits(
                    tier=tier,
                    windows=limit_options.windows,
                    overrides=limits,
                    headers=limit_options.headers,
                    clock=clock,
                ),
                enforce_limits=enforce_limits,
                local_pictures=local_pictures,
            )
            for name in ("production", "sandbox")
        )
        self._world, self._sandbox_world = (api.world for api in self._apis)
        self._files = Files([api.world for api in self._apis])
        if faults:
            self.fail_at_random(faults)
        self.account: Account = (
            self._open_account(USERNAME, boards=boards, pins=pins)
            if account is None
            else self._open_described_account(account_file.read(Path(account)))
        )
        """The first account, that of `token`: its `username`, and what it holds in `saved`."""
        self.token: str = self.issue_token()
        """A token of the account, with every scope, for `base_url`."""
        self.sandbox_token: str = self.issue_token(sandbox=True)
        """A token of the sandbox, which begins empty, for `sandbox_base_url`."""

    def __repr__(self) -> str:
        return f"<Emulator {self._world.origin or 'not running'}>"

    # For tests

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL.

        Raises:
            RuntimeError: the server is not running.
        """
        return f"{self._origin(self._world)}{BASE_PATH}"

    @property
    def sandbox_base_url(self) -> str:
        """The same for the sandbox, which takes `sandbox_token`.

        Raises:
            RuntimeError: the server is not running.
        """
        return f"{self._origin(self._sandbox_world)}{BASE_PATH}"

    @property
    def widgets_url(self) -> str:
        """Where the endpoints of widgets are, and oEmbed, which take no token.

        Raises:
            RuntimeError: the server is not running.
        """
        return self._origin(self._world)

    @property
    def authorize_url(self) -> str:
        """The page that asks users whether the app may act for them.

        Raises:
            RuntimeError: the server is not running.
        """
        return f"{self._origin(self._world)}{authorize.PATH}"

    @property
    def ad_account_id(self) -> str:
        """The first of the ad accounts of `account`."""
        return str(next(iter(self.account.stores.store("ad_accounts")))["id"])

    @property
    def app_id(self) -> str:
        """Names the app that users log in with."""
        return self.app.id

    @property
    def app_secret(self) -> str:
        """What the app proves itself with."""
        return self.app.secret

    @property
    def refused(self) -> Counter[str]:
        """How many requests were answered with 429, by rate-limit category, on both hosts."""
        production, sandbox = (api.limits.refused for api in self._apis)
        return production + sandbox

    def add_account(self, username: str, *, boards: int = 0, pins: int = 0) -> str:
        """Open another account, and return a token of it with every scope."""
        account = self._open_account(username, boards=boards, pins=pins)
        return self._world.tokens.issue(account, SCOPES)

    def issue_token(
        self,
        *,
        scopes: Iterable[str] | None = None,
        username: str | None = None,
        sandbox: bool = False,
        system_user: bool = False,
    ) -> str:
        """A further token. It lives for 30 days, one for the sandbox for a day.

        Args:
            scopes: what it may do; every scope when None.
            username: the account it speaks for; the first one when None.
            sandbox: whether it is for the sandbox.
            system_user: whether it is that of a system user: those alone can be revoked by the app.

        Raises:
            ValueError: no such scope.
            KeyError: no such account.
        """
        world = self._sandbox_world if sandbox else self._world
        return world.tokens.issue(
            world.accounts[self.account.username if username is None else username],
            SCOPES if scopes is None else scopes,
            life=SANDBOX_LIFE if sandbox else ACCESS_LIFE,
            kind="system_user" if system_user else "user",
        )

    def revoke_token(self, token: str) -> None:
        """Make an access token fail from now on with 401 code 2, a refresh token with code 283.

        All that came of the same login goes with it.

        Raises:
            KeyError: it was never issued, or is revoked already.
        """
        sandbox = self._sandbox_world.tokens
        (sandbox if token in sandbox else self._world.tokens).revoke(token)

    def fail(self, operation_id: str, fault: Fault, *, times: int = 1, skip: int = 0) -> None:
        """Make the next requests of an operation go wrong.

        Args:
            operation_id: as in `OPERATIONS` or in `widgets.OPERATIONS`, or `*` for any.
            fault: what happens to them.
            times: how many requests it happens to.
            skip: how many requests pass unharmed before that.

        Raises:
            ValueError: no such operation, or less than one time.
            TypeError: the fault is none, but a number or a text.
        """
        if operation_id != "*" and operation_id not in _KNOWN:
            raise ValueError(no_such(operation_id))
        check_fault(fault)
        if times < 1 or skip < 0:
            raise ValueError("times must be at least 1 and skip at least 0")
        self._faults.plan(operation_id, fault, times=times, skip=skip)

    def fail_at_random(
        self, share: float, *, operation_id: str = "*", faults: Sequence[Fault] = PASSING
    ) -> None:
        """Make a share of all further requests go wrong; the seed decides which, and how.

        Args:
            share: from 0 to 1.
            operation_id: as in `OPERATIONS`, or `*` for any that has no share of its own.
            faults: what may happen to them. By default whatever passes when the request is sent
                again.

        Raises:
            ValueError: no such operation, no share, or no faults.
            TypeError: one of the faults is none.
        """
        if operation_id != "*" and operation_id not in _KNOWN:
            raise ValueError(no_such(operation_id))
        if not 0 <= share <= 1 or not faults:
            raise ValueError("share must be from 0 to 1, of at least one fault")
        for fault in faults:
            check_fault(fault)
        self._faults.expect(operation_id, share, faults)

    def fail_jobs(self, operation_id: str, *, times: int = 1, ending: Ending = "failed") -> None:
        """Make what an operation starts next end in failure, as `media/create` or a report.

        Args:
            operation_id: as in `OPERATIONS`.
            times: how many of the next ones.
            ending: what becomes of a report: `failed`, `cancelled`, `expired`, or `unknown`, of
                which nothing is known when it is looked for the first time. Other work fails.

        Raises:
            ValueError: no such operation.
        """
        if operation_id not in _KNOWN:
            raise ValueError(no_such(operation_id))
        for api in self._apis:
            planned = api.world.jobs.to_fail.setdefault(operation_id, [])
            planned.extend(ending for _ in range(times))

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet, planned or left to chance."""
        self._faults.clear()

    def _open_account(self, username: str, *, boards: int, pins: int) -> Account:
        """An account on both hosts; in the sandbox it begins with nothing."""
        self._sandbox_world.add_account(username, boards=0, pins=0)
        return self._world.add_account(username, boards=boards, pins=pins)

    def _open_described_account(self, described: AccountFile) -> Account:
        account = self._open_account(described.username, boards=0, pins=0)
        account_file.fill(account, described)
        return account

    # Running

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: a port is taken.
        """
        production, sandbox = self._apis
        port, sandbox_port, files_port = self._ports
        try:
            port = await self._listen(partial(self._respond, production), port)
            sandbox_port = await self._listen(partial(self._respond, sandbox), sandbox_port)
            files_port = await self._listen(self._respond_with_file, files_port)
        except BaseException:
            await self.stop()
            raise
        production.world.origin = f"http://{self._host}:{port}"
        sandbox.world.origin = f"http://{self._host}:{sandbox_port}"
        # Another name for this machine where there is one, so that a client which sends its token
        # along, or takes all hosts for one, is found out.
        name = "localhost" if self._host == "127.0.0.1" else self._host
        for api in self._apis:
            api.world.files_origin = f"http://{name}:{files_port}"

    async def _listen(
        self, respond: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], port: int
    ) -> int:
        server = web.Server(
            respond, request_factory=wire.new_request, access_log=None, max_line_size=_LINE_MAX
        )
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, self._host, port).start()
        return int(runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening and drop every connection. State is kept."""
        while self._runners:
            await self._runners.pop().cleanup()
        for api in self._apis:
            api.world.origin = api.world.files_origin = ""

    def _origin(self, world: World) -> str:
        if not world.origin:
            raise RuntimeError("the emulator is not running: use it in `async with`, or start() it")
        return world.origin

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

    def _noted(self, request: web.BaseRequest) -> SeenRequest:
        query = request.query_string
        seen = SeenRequest(
            request.method,
            request.path,
            {name: request.query.getall(name) for name in request.query} if query else {},
            masked(request.headers),
            request_id=str(self._random.randrange(10**15, 10**16)),
        )
        log = self.requests
        log.append(seen)
        if len(log) > self._longest_log:
            del log[: -max(1, self._longest_log * 9 // 10)]
        return seen

    async def _respond(self, api: Api, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/":
            return front_page.show(api.world, api.limits, self.requests, seed=self.seed)
        seen = self._noted(request)
        if self.latency:
            await asyncio.sleep(self.latency)
        raw_path = request.raw_path.partition("?")[0]
        body = await request.read() if request.can_read_body else b""
        if raw_path.startswith("/oauth") and raw_path.rstrip("/") == "/oauth":
            asked = wire.form(body) if request.method == "POST" else request.query
            page = authorize.answer(api.world, asked)
            seen.status = page.status
            return page
        if raw_path.startswith(widgets.PATHS):
            return await self._respond_to_anybody(api, request, seen, raw_path)
        try:
            operation, path = self._find(request, raw_path)
        except Refusal as refusal:
            seen.body = body[:BODY_MAX] or None
            return wire.response(request, seen, wire.refused(refusal), {})
        seen.operation_id = operation.id
        said = wire.decoded(operation, body)
        seen.body = said if len(body) <= BODY_MAX else f"<{len(body)} bytes>"
        fault = self._faults.take(operation.id)
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.seconds)
        reply, limit_headers = fault_responses.NOT_REACHED
        if not fault_responses.is_before(fault):
            reply, limit_headers = api.serve(request, operation, path, said, fault)
        response = await fault_responses.respond(request, seen, fault, reply, limit_headers)
        if response.status == 429 and seen.status is not None:
            api.limits.refused[operation.category] += 1
        return response

    def _find(self, request: web.BaseRequest, raw_path: str) -> tuple[Operation, Mapping[str, str]]:
        """The operation of a request, and the parameters in its path.

        Raises:
            Refusal: there is none; 414 (a guess) for a URL that is too long.
        """
        if len(request.raw_path) > _URL_MAX:
            raise Refusal(414, 414, "The address of the request is too long.")
        if not raw_path.startswith(f"{BASE_PATH}/"):
            raise not_found("Page")
        return self._router.find(request.method, raw_path[len(BASE_PATH) :])

    async def _respond_to_anybody(
        self, api: Api, request: web.BaseRequest, seen: SeenRequest, raw_path: str
    ) -> web.StreamResponse:
        """The response of an endpoint that needs no token."""
        try:
            operation, path = self._widgets.find(request.method, raw_path)
            seen.operation_id = operation.id
            fault = self._faults.take(operation.id)
            if isinstance(fault, Delay):
                await asyncio.sleep(fault.seconds)
            if isinstance(fault, OverQuota | SpamBlock):
                raise over_quota() if isinstance(fault, OverQuota) else spam_block()
            reply = api.finished(widgets.answer(api.world, operation.id, path, request.query))
        except Refusal as refusal:
            return wire.response(request, seen, wire.refused(refusal), {})
        return await fault_responses.respond(request, seen, fault, reply, {})

    async def _respond_with_file(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith(f"{drawing.PATH}/"):
            return await self._files.respond(request)  # pages full of them would flood the log
        seen = self._noted(request)
        response = await self._files.respond(request)
        seen.status = response.status
        return response
