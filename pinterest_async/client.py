"""The client: what it is made with, its cheap copies, and its end."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar, overload

from msgspec import UNSET

from pinterest_async._call.connections import Pool
from pinterest_async._call.endpoint import Endpoint
from pinterest_async._call.protocol import check_raw_path
from pinterest_async._call.transport import Transport
from pinterest_async.auth import Credentials, StaticToken
from pinterest_async.auth._flight import settle_all
from pinterest_async.config import (
    PRODUCTION_URL,
    SANDBOX_URL,
    OnLimit,
    Prefetch,
    RequestOptions,
    RetryPolicy,
    Tier,
    Timeouts,
    check_base_url,
    check_proxy,
    check_tier,
    sandbox_in_environment,
)
from pinterest_async.errors import ConfigurationError, InvalidRequest
from pinterest_async.hooks import Hooks, Listeners, ResponseReceived
from pinterest_async.limits import LocalLimits
from pinterest_async.limits.policy import Limiter
from pinterest_async.resources import Resources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    import aiohttp

    from pinterest_async._call.protocol import QueryValue
    from pinterest_async._call.sending import SendingSession
    from pinterest_async.auth import TokenStore
    from pinterest_async.limits import CategoryLimit
    from pinterest_async.limits.headers import Window
    from pinterest_async.operations import HTTPMethod

__all__ = ["ClientOptions", "Pinterest"]

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("pinterest_async")

_VERBS: Mapping[str, HTTPMethod] = {
    "DELETE": "DELETE",
    "GET": "GET",
    "HEAD": "HEAD",
    "PATCH": "PATCH",
    "POST": "POST",
    "PUT": "PUT",
}


class ClientOptions(TypedDict, total=False):
    """The keyword arguments of `Pinterest`."""

    base_url: str | None
    sandbox: bool
    tier: Tier
    timeout: Timeouts | float | None
    retry: RetryPolicy | int | None
    limits: Limiter | Mapping[str, Sequence[Window]] | None
    session: aiohttp.ClientSession | SendingSession | None
    proxy: str | None
    trust_env: bool
    hooks: Hooks | None
    strict: bool
    max_wait: float | None
    on_limit: OnLimit | None
    prefetch: Prefetch | None
    deadline: float | None
    headers: Mapping[str, str] | None
    max_response_bytes: int | None
    check_body: bool | None


class Pinterest(Resources):
    """A client of Pinterest's REST API v5, for one account.

    Make one for each event loop and close it: `async with Pinterest(token) as pinterest`. It can be
    made outside a running loop; connections are opened by the first call. `acting_as`,
    `with_options` and `for_account` give copies that share its connections and its limiter. Closing
    a copy ends that copy alone; closing the client that was made first ends them all.

    Args:
        credentials: an access token, or something that gives one.
        base_url: where the API is; by default Pinterest's own host.
        sandbox: whether to use the sandbox host, with a token that was made for it. With a
            `base_url` of your own it changes nothing.
        tier: the access that Pinterest has given to the app; decides the limits to begin with.
        timeout: bounds on one request, in seconds: 30 for all of it and 10 for a new connection.
        retry: how often to send again what failed, a number or a policy; by default twice.
        limits: windows to begin with instead of the table's, by category, such as
            `{"org_read": [Window(1000, 60)]}`; or what lets calls go at the allowed rate, such as a
            `RedisLimits`. By default a `LocalLimits` of its own.
            One that is given is not closed by the client.
        session: an aiohttp session to use, for example one with a proxy. It is not closed by the
            client, and its own timeouts are not used.
        proxy: the address of a proxy for the calls; not together with `session`.
        trust_env: whether the calls take their proxy from the environment (`HTTPS_PROXY`,
            `NO_PROXY`, `.netrc`); not together with `session`.
        hooks: callbacks that see what happens.
        strict: whether a response that does not fit its type raises `DecodeError`.
        max_wait: the longest wait for a place in the rate limits, in seconds, once no other call
            stands in front in our own queue; by default 120.
        on_limit: `"raise"` never waits for a rate limit.
        prefetch: whether listings fetch their next page ahead; by default from the second page on.
        deadline: seconds for each call with its waits and retries; by default none.
        headers: headers to send with every request.
        max_response_bytes: how large a response may be, in bytes; by default 64 MiB.
        check_body: whether bodies are held to Pinterest's description before they are sent, as
            they are by default; see `RequestOptions`.

    Raises:
        ConfigurationError: an argument is out of its bounds, or the token is empty.
    """

    def __init__(
        self,
        credentials: str | Credentials,
        *,
        base_url: str | None = None,
        sandbox: bool = False,
        tier: Tier = "standard",
        timeout: Timeouts | float | None = None,
        retry: RetryPolicy | int | None = None,
        limits: Limiter | Mapping[str, Sequence[Window]] | None = None,
        session: aiohttp.ClientSession | SendingSession | None = None,
        proxy: str | None = None,
        trust_env: bool = False,
        hooks: Hooks | None = None,
        strict: bool = False,
        max_wait: float | None = None,
        on_limit: OnLimit | None = None,
        prefetch: Prefetch | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        max_response_bytes: int | None = None,
        check_body: bool | None = None,
    ) -> None:
        check_tier(tier)
        check_proxy(proxy, trust_env=trust_env, session=session)
        _check_kinds(session=session, limits=limits, hooks=hooks)
        if base_url is None:
            base_url = SANDBOX_URL if sandbox else PRODUCTION_URL
        self._owned_limits = None
        if limits is None or isinstance(limits, Mapping):
            limits = self._owned_limits = LocalLimits(tier=tier, limits=limits)
        self._is_copy = False
        self._transport = Transport(
            Pool(session, _made_at(), proxy=proxy, trust_env=trust_env),
            base_url=check_base_url(base_url),
            credentials=_credentials(credentials),
            limiter=limits,
            options=RequestOptions(
                timeout=timeout,
                retry=retry,
                headers=headers,
                deadline=deadline,
                max_wait=max_wait,
                on_limit=on_limit,
                prefetch=prefetch,
                strict=strict,
                max_response_bytes=max_response_bytes,
                check_body=check_body,
            ),
            hooks=hooks or Hooks(),
        )

    @classmethod
    def from_env(cls, **options: Unpack[ClientOptions]) -> Self:
        """Make a client from the environment; what is passed here comes before it.

        Reads `PINTEREST_ACCESS_TOKEN`, `PINTEREST_BASE_URL` and `PINTEREST_SANDBOX` (`1` or `0`).
        Without a token it uses the login that `pinterest-async login` has kept, as `from_login`
        does, and logs so at INFO.

        Raises:
            ConfigurationError: there is neither a token nor a login, or a variable cannot be
                understood.
        """
        token = os.environ.get("PINTEREST_ACCESS_TOKEN", "").strip()
        base_url = os.environ.get("PINTEREST_BASE_URL", "").strip()
        if base_url and not options.get("base_url") and not options.get("sandbox"):
            options["base_url"] = base_url
        if "sandbox" not in options:
            options["sandbox"] = sandbox_in_environment()
        if token:
            return cls(token, **options)
        from pinterest_async.auth import logins

        where = logins.place(
            sandbox=options["sandbox"],
            base_url=options.get("base_url") or (SANDBOX_URL if options["sandbox"] else None),
        )
        account = logins.name_of(None)
        if not where.store.path(account).exists():
            raise ConfigurationError(
                f"PINTEREST_ACCESS_TOKEN is not set, and {logins.no_login(where, account)}"
            )
        logger.info(
            "PINTEREST_ACCESS_TOKEN is not set: using the login %r for %s", account, where.base_url
        )
        return cls(logins.KeptLogin(where, account), **options)

    @classmethod
    def from_login(
        cls,
        account: str | None = None,
        *,
        store: TokenStore | None = None,
        **options: Unpack[ClientOptions],
    ) -> Self:
        """Make a client for a login that `pinterest-async login` has kept.

        Its token is read by the first call, and renewed where `PINTEREST_APP_ID` and
        `PINTEREST_APP_SECRET` are set; without them it works until it expires. As the command line
        does, it looks for the login of `base_url` and `sandbox`, or of `PINTEREST_BASE_URL` and
        `PINTEREST_SANDBOX` where these are not passed.

        Args:
            account: the name of the login; by default that of `PINTEREST_ACCOUNT`, else `default`.
            store: where it is kept; by default where the command line keeps its logins.
            options: as for `Pinterest`.

        Raises:
            ConfigurationError: there is no such login where the command line keeps them, or a
                variable cannot be understood. The login of a `store` is looked for by the first
                call, which raises it then.
        """
        from pinterest_async.auth import logins

        where = logins.place(sandbox=options.get("sandbox"), base_url=options.get("base_url"))
        options["base_url"], options["sandbox"] = where
        name = logins.name_of(account)
        if store is None and not where.store.path(name).exists():
            raise ConfigurationError(logins.no_login(where, name))
        return cls(logins.KeptLogin(where, name, store), **options)

    def acting_as(self, *, ad_account_id: str) -> Self:
        """Return a copy that acts as the owner of an ad account.

        It fills `ad_account_id` in the operations that take it in their query; an id passed to such
        a call comes first.

        Raises:
            ConfigurationError: the id is empty.
        """
        if not ad_account_id:
            raise ConfigurationError("ad_account_id is empty")
        return self._copy(ad_account_id=ad_account_id)

    def with_options(
        self,
        options: RequestOptions | None = None,
        /,
        *,
        timeout: Timeouts | float | None = None,
        retry: RetryPolicy | int | None = None,
        headers: Mapping[str, str] | None = None,
        deadline: float | None = None,
        max_wait: float | None = None,
        on_limit: OnLimit | None = None,
        prefetch: Prefetch | None = None,
        strict: bool | None = None,
        max_response_bytes: int | None = None,
        check_body: bool | None = None,
        after_response: Listeners[ResponseReceived] | None = None,
    ) -> Self:
        """Return a copy with other defaults for its calls; what is left out stays as it is.

        Raises:
            ConfigurationError: an option is out of its bounds.
        """
        given = RequestOptions(
            timeout=timeout,
            retry=retry,
            headers=headers,
            deadline=deadline,
            max_wait=max_wait,
            on_limit=on_limit,
            prefetch=prefetch,
            strict=strict,
            max_response_bytes=max_response_bytes,
            check_body=check_body,
            after_response=after_response,
        )
        if options is not None:
            given = given.over(options)
        return self._copy(options=given.over(self._transport.options))

    def for_account(self, credentials: str | Credentials) -> Self:
        """Return a copy that acts for another account, with a rate-limit budget of its own.

        Raises:
            ConfigurationError: the token is empty.
        """
        return self._copy(credentials=_credentials(credentials), ad_account_id=None)

    @overload
    async def request(
        self,
        method: HTTPMethod,
        path: str,
        *,
        type: type[T],
        query: Mapping[str, QueryValue] | None = None,
        body: object = None,
        category: str | None = None,
        options: RequestOptions | None = None,
    ) -> T: ...

    @overload
    async def request(
        self,
        method: HTTPMethod,
        path: str,
        *,
        type: Any = Any,
        query: Mapping[str, QueryValue] | None = None,
        body: object = None,
        category: str | None = None,
        options: RequestOptions | None = None,
    ) -> Any: ...

    async def request(
        self,
        method: HTTPMethod,
        path: str,
        *,
        type: Any = Any,
        query: Mapping[str, QueryValue] | None = None,
        body: object = None,
        category: str | None = None,
        options: RequestOptions | None = None,
    ) -> Any:
        """Call an operation that this version of the package does not know.

        Args:
            method: `GET`, `HEAD`, `POST`, `PUT`, `PATCH` or `DELETE`.
            path: the path below the base URL, for example `/boards/123`. Values in it are the
                caller's to percent-encode.
            type: the type of the response; by default whatever its JSON is.
            query: parameters; None is left out, a sequence repeats the key.
            body: sent as JSON, unless it is None.
            category: the rate-limit category whose budget the call spends; by default `org_read`
                for GET and HEAD and `org_write` for the others.
            options: what differs for this call alone.

        Raises:
            InvalidRequest: the method or the path cannot be sent, or the path leads elsewhere.
            PinterestError: as any other call.
        """
        # The table of all operations comes with it, which a client that is merely made needs not.
        from pinterest_async.operations import Operation

        verb = _VERBS.get(method.upper())
        if verb is None:
            raise InvalidRequest(f"the method must be one of {', '.join(_VERBS)}, not {method!r}")
        base_url = self._transport.base_url
        if "://" in path:
            if not path.startswith(f"{base_url}/"):
                raise InvalidRequest(
                    f"only paths below {base_url} are called, for the token's sake"
                )
            path = path.removeprefix(base_url)
        checked = check_raw_path(path)
        operation = Operation(
            id=f"{verb} {checked}",
            http_method=verb,
            effect="reads" if verb in ("GET", "HEAD") else "writes",
            path=checked,
            category=category or ("org_read" if verb in ("GET", "HEAD") else "org_write"),
            scopes=(),
            resource="",
            method="request",
            repeatable=verb in ("GET", "HEAD", "DELETE"),
        )
        content = UNSET if body is None else body
        return await self._transport.call(
            Endpoint[Any](operation, type), query=query, body=content, options=options
        )

    @property
    def base_url(self) -> str:
        """Where the API is that is called."""
        return self._transport.base_url

    def open_session(self) -> aiohttp.ClientSession:
        """Open a session of aiohttp for other hosts, such as those of files; close it.

        It goes through the client's proxy, where the client has one, and sends neither token nor
        cookies. The jobs that fetch or send files use such a one.
        """
        return self._transport.pool.open_session()

    @property
    def rate_limits(self) -> list[CategoryLimit]:
        """How the budgets stand that the calls of this client and its copies have spent from."""
        return self._transport.limiter.snapshot()

    async def aclose(self) -> None:
        """Close the client. Calls under way end with `ClientClosed`. Closing twice does nothing.

        A copy closes for itself alone: its calls under way are finished, and the connections stay
        open for the client that it was made from. A token that is being renewed is waited for and
        stored, or its account would be logged out.

        Raises:
            ClientClosed: called from another event loop than the client's calls.
        """
        if self._is_copy:
            self._transport.closed = True
            return
        try:
            await self._transport.pool.aclose()
            await settle_all()
        finally:
            if self._owned_limits is not None:
                await self._owned_limits.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        transport = self._transport
        return (
            f"<{type(self).__name__} at {transport.base_url} for {transport.credentials.account}>"
        )

    def _copy(self, **changes: Any) -> Self:
        client = object.__new__(type(self))
        client._owned_limits = None
        client._is_copy = True
        client._transport = self._transport.copy(**changes)
        return client


def _credentials(given: str | Credentials) -> Credentials:
    if isinstance(given, str):
        return StaticToken(given)
    if not isinstance(given, Credentials):  # pyright: ignore[reportUnnecessaryIsInstance]
        # Its value stays out of the message: it may be a secret in another form.
        raise ConfigurationError(
            f"credentials are an access token or derived from Credentials, not a "
            f"{type(given).__name__}: without a token, use Pinterest.from_env() or from_login()"
        )
    return given


def _check_kinds(*, session: object, limits: object, hooks: object) -> None:
    """Raise `ConfigurationError` where an object cannot be what it is passed for."""
    sends = callable(getattr(session, "request", None)) and hasattr(session, "closed")
    for name, value, fits, wanted in (
        ("session", session, sends, "an aiohttp session"),
        ("limits", limits, isinstance(limits, Limiter | Mapping), "a limiter or a mapping"),
        ("hooks", hooks, isinstance(hooks, Hooks), "Hooks(...)"),
    ):
        if value is not None and not fits:
            raise ConfigurationError(f"{name} must be {wanted}, not a {type(value).__name__}")


def _made_at() -> str:
    """Return file and line of the first caller outside this package."""
    package = __file__.removesuffix("client.py")
    # `inspect` would take far longer to import than all of this to run.
    frame = sys._getframe(1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and frame.f_code.co_filename.startswith(package):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def __dir__() -> list[str]:
    return [*__all__]
