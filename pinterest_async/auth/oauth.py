"""Pinterest's OAuth: where users allow an app to act for them, and how tokens are got and renewed.

Pinterest: https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, NoReturn
from urllib.parse import parse_qs, quote, quote_plus, urlencode, urlsplit

from pinterest_async._call.protocol import FORM, JSON
from pinterest_async._secret import Secret, SecretBytes, hidden
from pinterest_async.auth.app import App
from pinterest_async.auth.scopes import check_scopes, read_scopes
from pinterest_async.auth.token import Environment, Token, TokenResponse, read_token_response
from pinterest_async.config import (
    PRODUCTION_URL,
    SANDBOX_URL,
    RequestOptions,
    RetryPolicy,
    Timeouts,
    check_base_url,
    check_proxy,
)
from pinterest_async.errors import (
    APIError,
    ConfigurationError,
    DecodeError,
    InvalidGrant,
    LoginFailed,
)
from pinterest_async.hooks import Hooks
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import aiohttp

    from pinterest_async.auth.scopes import Scope

AUTHORIZE_URL: Final = "https://www.pinterest.com/oauth/"

# Seen in Pinterest's responses to a dead refresh token, a used code and an unknown app alike.
_INVALID_GRANT = 283
_CONNECT_TIMEOUT = 10.0


class AuthorizeURL(str):
    """The address to send a user to, and the state that must come back with the answer."""

    __slots__ = ("state",)

    state: str

    def __repr__(self) -> str:
        return f"<AuthorizeURL at {self.partition('?')[0]}>"


class OAuthApp(App):
    """An app that users log in with.

    Args:
        id: the app's id.
        secret: the app's secret.
        redirect_uri: where Pinterest sends users back to, exactly as registered with the app;
            needed to log in, not to refresh.
        sandbox: whether it gets its tokens from the sandbox host, to be used there.
        base_url: where the API is; by default Pinterest's own host.
        authorize_url: the page that asks the user; by default Pinterest's own, or `/oauth/` of the
            host in `base_url`.
        continuous_refresh: whether to ask for refresh tokens that are renewed with every use:
            needed for apps made before 2025-09-25, which later ones always get.
        session: an aiohttp session to use. It is not closed. Without one, each request opens and
            closes its own: tokens are asked for once in many days.
        proxy: the address of the proxy that requests go through, where there is no `session`.
        trust_env: whether the proxy is taken from the environment, where there is no `session`.
        timeout: seconds for one request.
        clock: tells the time, in seconds since 1970, UTC.

    Raises:
        ConfigurationError: an argument is out of its bounds.
    """

    __slots__ = (
        "_clock",
        "_continuous_refresh",
        "_proxy",
        "_session",
        "_timeout",
        "_trust_env",
        "authorize_page",
        "base_url",
        "environment",
        "redirect_uri",
    )

    def __init__(
        self,
        id: str,
        secret: str,
        redirect_uri: str | None = None,
        *,
        sandbox: bool = False,
        base_url: str | None = None,
        authorize_url: str | None = None,
        continuous_refresh: bool = False,
        session: aiohttp.ClientSession | None = None,
        proxy: str | None = None,
        trust_env: bool = False,
        timeout: float = 30.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        secret = hidden(secret)
        super().__init__(id, secret)
        if redirect_uri is not None:
            _check_redirect_uri(redirect_uri)
        check_proxy(proxy, trust_env=trust_env, session=session)
        if not timeout > 0:
            raise ConfigurationError(f"timeout is in seconds and must be above zero, not {timeout}")
        self.redirect_uri: str | None = redirect_uri
        self.environment: Environment = "sandbox" if sandbox else "production"
        own_url = SANDBOX_URL if sandbox else PRODUCTION_URL
        self.base_url: str = own_url if base_url is None else check_base_url(base_url)
        if authorize_url is None:
            parts = urlsplit(self.base_url)
            elsewhere = f"{parts.scheme}://{parts.netloc}/oauth/"
            authorize_url = AUTHORIZE_URL if self.base_url == own_url else elsewhere
        self.authorize_page: str = authorize_url
        self._continuous_refresh = continuous_refresh
        self._session = session
        self._proxy = proxy
        self._trust_env = trust_env
        self._timeout = timeout
        self._clock = clock

    def authorize_url(self, scopes: Iterable[Scope], state: str | None = None) -> AuthorizeURL:
        """Return the address of the page that asks a user to allow `scopes`.

        Args:
            scopes: what to ask for.
            state: something that nobody can guess, kept with the user's session; made where it is
                left out. The answer's `state` attribute has it: give it to `read_redirect`.

        Raises:
            ConfigurationError: a scope is unknown, `state` is empty, or there is no `redirect_uri`.
        """
        if state is None:
            state = secrets.token_urlsafe(32)
        if not state:
            raise ConfigurationError("state is empty: leave it out to have one made")
        query = {
            "client_id": self.id,
            "redirect_uri": self._redirect_uri(),
            "response_type": "code",
            "scope": ",".join(check_scopes(scopes)),
            "state": state,
        }
        url = AuthorizeURL(f"{self.authorize_page}?{urlencode(query, quote_via=quote, safe='')}")
        url.state = state
        return url

    def read_redirect(self, address: str, *, state: str) -> str:
        """Return the code in the address that Pinterest sent a user back to.

        Args:
            address: the whole address, or the query alone.
            state: the state that the login was begun with.

        Raises:
            LoginFailed: the state is another one, the user has refused, or there is no code.
        """
        address, state = Secret(address.strip()), hidden(state)
        query = _read_query(address)
        given = query.get("state", [])
        # Compared in constant time, and before anything else is believed.
        same = len(given) == 1 and hmac.compare_digest(given[0].encode(), state.encode())
        if not state or not same:
            raise LoginFailed(
                "the state that came back is not the one that this login began with: the answer is "
                "forged, or belongs to an older login; start again",
                forged=True,
            )
        if "error" in query:
            raise LoginFailed(f"the login was refused: {_plain(query['error'][0])}")
        codes = query.get("code", [])
        if len(codes) != 1:
            raise LoginFailed("the address that came back holds no code; start again")
        return codes[0]

    async def exchange(self, code: str) -> Token:
        """Return the tokens for a code; each code is good once.

        Raises:
            InvalidGrant: the code is used up or expired, or belongs to another `redirect_uri`.
            APIError: Pinterest refused for another reason.
            ConnectionFailed: no response came.
            ConfigurationError: there is no `redirect_uri`.
        """
        code = hidden(code)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri(),
        }
        response = await self._ask_for_token(form, sent=(code,))
        return self._read_token(response, None)

    async def refresh(self, token: Token) -> Token:
        """Return new tokens for a refresh token. The old refresh token may be dead from then on.

        Raises:
            InvalidGrant: the refresh token is used up, expired or revoked.
            APIError: Pinterest refused for another reason.
            ConnectionFailed: no response came. The old refresh token may be dead or not.
            ConfigurationError: the token has no refresh token, or is of the other environment.
        """
        if token.refresh is None:
            raise ConfigurationError("this token has no refresh token")
        self.check_environment(token)
        refresh = Secret(token.refresh)
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        response = await self._ask_for_token(form, sent=(refresh,))
        return self._read_token(response, token)

    async def client_credentials(self, scopes: Iterable[Scope]) -> Token:
        """Return a token that acts for the app's owner. It has no refresh token: ask again instead.

        `Operation.client_credentials` says which operations take it.

        Raises:
            ConfigurationError: a scope is unknown.
            APIError: Pinterest refused.
            ConnectionFailed: no response came.
        """
        checked = check_scopes(scopes)
        form = {"grant_type": "client_credentials", "scope": ",".join(checked)}
        return self._read_token(await self._ask_for_token(form, sent=()), None, asked=checked)

    async def revoke(
        self, token: str, *, hint: Literal["access_token", "refresh_token"] | None = None
    ) -> None:
        """Revoke an access or refresh token. Pinterest does this for system users' tokens only.

        Raises:
            APIError: Pinterest refused.
            ConnectionFailed: no response came.

        Pinterest: https://developers.pinterest.com/docs/api/v5/token-revoke/
        """
        token = hidden(token)
        form = {"token": token} if hint is None else {"token": token, "token_type_hint": hint}
        await self._post("token/revoke", form, authorization=self.basic, sent=(token,))

    async def conversion_token(self, token: Token) -> Token:
        """Return a token that does not expire and can only send conversions; see `ConversionToken`.

        Args:
            token: a token with the scope `ads:write`.

        Raises:
            APIError: Pinterest refused.
            ConnectionFailed: no response came.
            ConfigurationError: the token is of the other environment.
        """
        self.check_environment(token)
        access = Secret(token.access)
        raw = await self._post(
            "oauth/conversion_token",
            None,
            authorization=Secret(f"Bearer {access}"),
            sent=(access,),
        )
        response = _read_response(raw, "oauth/conversion_token")
        return Token(_access(response, "oauth/conversion_token"), environment=self.environment)

    def check_environment(self, token: Token) -> None:
        """Raise `ConfigurationError` for a token of the other environment."""
        if token.environment != self.environment:
            raise ConfigurationError(
                f"this is a {token.environment} token, and the app is set up for "
                f"{self.environment}: tokens of one are refused by the other"
            )

    def _redirect_uri(self) -> str:
        if self.redirect_uri is None:
            raise ConfigurationError("OAuthApp: logging in needs redirect_uri, as registered")
        return self.redirect_uri

    async def _ask_for_token(self, form: dict[str, str], *, sent: tuple[str, ...]) -> TokenResponse:
        if self._continuous_refresh and form["grant_type"] != "client_credentials":
            form["continuous_refresh"] = "true"
        try:
            raw = await self._post("oauth/token", form, authorization=self.basic, sent=sent)
        except APIError as error:
            if error.code == _INVALID_GRANT or "invalid_grant" in error.message:
                _raise_invalid_grant(error)
            raise
        return _read_response(raw, "oauth/token")

    def _read_token(
        self,
        response: TokenResponse,
        previous: Token | None,
        *,
        asked: tuple[str, ...] = (),
    ) -> Token:
        now, scope = self._clock(), response.scope_text
        refresh, refresh_expires_at = hidden(response.refresh_token), response.refresh_expiry(now)
        if previous is not None:
            asked = previous.scopes
            if refresh is None:
                refresh = hidden(previous.refresh)
                refresh_expires_at = previous.refresh_expires_at
        return Token(
            _access(response, "oauth/token"),
            refresh=refresh,
            expires_at=response.access_expiry(now),
            refresh_expires_at=refresh_expires_at,
            scopes=asked if scope is None else read_scopes(scope),
            environment=self.environment,
        )

    async def _post(
        self,
        operation_id: str,
        form: Mapping[str, str] | None,
        *,
        authorization: str,
        sent: tuple[str, ...],
    ) -> SecretBytes:
        """Send, and return the body of a success; what is secret in it is kept out of refusals.

        Args:
            operation_id: the operation.
            form: the fields to send.
            authorization: the value of the header.
            sent: the secrets among the fields.
        """
        # What calls are made of takes far longer to import than an app to be set up.
        from multidict import CIMultiDict
        from yarl import URL

        from pinterest_async._call.compression import ENCODINGS
        from pinterest_async._call.connections import Pool
        from pinterest_async._call.endpoint import Endpoint, Request
        from pinterest_async._call.exchange import Exchange
        from pinterest_async._call.settings import Settings
        from pinterest_async._call.unmetered import FixedHeaders, Unlimited

        operation = OPERATIONS[operation_id]
        headers = CIMultiDict(
            {"Accept": JSON, "Accept-Encoding": ENCODINGS, "Authorization": authorization}
        )
        body = None
        if form is not None:
            headers["Content-Type"] = FORM
            body = SecretBytes(urlencode(form).encode("ascii"))
        request = Request(URL(self.base_url + operation.path), operation.path, body, None)
        timeout = Timeouts(total=self._timeout, connect=_CONNECT_TIMEOUT)
        options = RequestOptions(timeout=timeout, retry=RetryPolicy(attempts=1))
        pool = Pool(self._session, operation_id, proxy=self._proxy, trust_env=self._trust_env)
        exchange = Exchange(
            pool,
            FixedHeaders(headers),
            Unlimited(),
            Hooks(),
            sandbox={PRODUCTION_URL: False, SANDBOX_URL: True}.get(self.base_url),
            scrub=partial(
                _without, secrets=(authorization, Secret(authorization.partition(" ")[2]), *sent)
            ),
            clock=self._clock,
        )
        try:
            endpoint = Endpoint[object](operation, object)
            way = exchange.begin(endpoint, request, Settings.of(options))
            return SecretBytes((await exchange.run(way)).body)
        except APIError as refusal:
            # It may quote what was sent.
            refusal.body = b""
            raise
        finally:
            await pool.aclose()


def _read_query(address: str) -> dict[str, list[str]]:
    """Read what an address, or its query alone, says; all of it may be secret."""
    query = Secret(urlsplit(address).query if "?" in address else address)
    try:
        fields = parse_qs(query, max_num_fields=20)
    except ValueError:
        raise LoginFailed("the address that came back cannot be read") from None
    return {name: [Secret(value) for value in values] for name, values in fields.items()}


def _check_redirect_uri(redirect_uri: str) -> None:
    try:
        parts = urlsplit(redirect_uri)
        sound = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise ConfigurationError("redirect_uri must be an http or https address")


def _read_response(raw: SecretBytes, operation_id: str) -> TokenResponse:
    response = read_token_response(raw)
    if response is None:
        raise DecodeError(f"{operation_id}: the response is not a token", operation=operation_id)
    return response


def _access(response: TokenResponse, operation_id: str) -> str:
    try:
        return hidden(Token(response.access_token or "").access)
    except ConfigurationError:
        raise DecodeError(
            f"{operation_id}: the response holds no access token", operation=operation_id
        ) from None


def _raise_invalid_grant(error: APIError) -> NoReturn:
    raise InvalidGrant(
        error.message,
        status=error.status,
        code=error.code,
        operation=error.operation,
        request_id=error.request_id,
        rate_limit=error.rate_limit,
        hint="check the app's id"
        if "application id" in error.message.lower()
        else "the code or refresh token is used up, expired or revoked, or belongs to another app "
        "or redirect address: log in again",
    ) from None


def _without(body: bytes, secrets: tuple[str, ...]) -> bytes:
    """Return a response's body without the secrets that were sent, however it spells them."""
    for secret in secrets:
        quoted = json.dumps(secret)[1:-1]
        for spelling in {secret, quoted, quoted.replace("/", "\\/"), quote_plus(secret)}:
            body = body.replace(spelling.encode(), b"<secret>")
    return body


def _plain(text: str) -> str:
    """Return a word of a stranger's, short and without control characters."""
    return "".join(character for character in text[:100] if character.isprintable())
