"""Who a call acts for: its token, the headers that carry it, and the budget that it spends."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

import aiohttp
from multidict import CIMultiDict

from pinterest_async._call.compression import ENCODINGS
from pinterest_async._call.protocol import JSON
from pinterest_async._secret import Secret
from pinterest_async._version import __version__
from pinterest_async.auth.credentials import StaticToken
from pinterest_async.errors import ConfigurationError
from pinterest_async.hooks import TokenRefreshed, tell
from pinterest_async.limits import LimitKey
from pinterest_async.limits.defaults import PER_AD_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.auth import Credentials
    from pinterest_async.errors import AuthenticationFailed
    from pinterest_async.hooks import Listeners
    from pinterest_async.operations import Operation

_AD_ACCOUNT = re.compile(r"/ad_accounts/([^/]+)")

USER_AGENT: Final = (
    f"pinterest_async/{__version__} aiohttp/{aiohttp.__version__} Python/{sys.version.split()[0]}"
)


class Identity:
    """One account's credentials, as the calls of a client need them.

    Args:
        credentials: where the tokens come from.
        token_refresh: who is told when a new token comes into use.
    """

    def __init__(
        self, credentials: Credentials, token_refresh: Listeners[TokenRefreshed] | None
    ) -> None:
        self._credentials = credentials
        self._token_refresh = token_refresh
        self._token: str | None = None
        self._headers: CIMultiDict[str] = CIMultiDict()
        self._json_headers: CIMultiDict[str] = CIMultiDict()
        self.limit_keys: dict[str, LimitKey] = {}
        # A token that stays as it is needs not be asked for again.
        self._stays = (
            isinstance(credentials, StaticToken) and type(credentials).token is StaticToken.token
        )
        self._valid_token = credentials.valid_token

    def ready(
        self, operation: Operation, content_type: str | None, extra: Mapping[str, str] | None
    ) -> CIMultiDict[str] | None:
        """Return the headers of a request if there is nothing to wait for; as `headers` does."""
        token = self._token if self._stays else self._valid_token()
        if token is None or token != self._token or extra or operation.basic:
            return None
        if content_type is None:
            return self._headers
        return self._json_headers if content_type == JSON else None

    async def token(self, operation: Operation, extra: Mapping[str, str] | None) -> str | None:
        """Return the access token to send, None where something else authorises the call."""
        if operation.basic or _has_authorization(extra):
            return None
        token = Secret(await self._credentials.token())
        if token != self._token:
            first, self._token = self._token is None, token
            self._headers = common_headers()
            self._headers["Authorization"] = Secret(f"Bearer {token}")
            self._json_headers = self._headers.copy()
            self._json_headers["Content-Type"] = JSON
            if not first and self._token_refresh is not None:
                await tell(self._token_refresh, TokenRefreshed(account=self._credentials.account))
        return token

    def headers(
        self,
        operation: Operation,
        token: str | None,
        content_type: str | None,
        extra: Mapping[str, str] | None,
    ) -> CIMultiDict[str]:
        """Return the headers of a request; they are shared between calls and not to be changed.

        Raises:
            ConfigurationError: the operation asks for the app's secret, and it is not known.
        """
        if token is not None and token == self._token and not extra:
            if content_type is None:
                return self._headers
            if content_type == JSON:
                return self._json_headers
        headers = common_headers()
        if content_type is not None:
            headers["Content-Type"] = content_type
        if token is not None:
            headers["Authorization"] = Secret(f"Bearer {token}")
        elif operation.basic and not _has_authorization(extra):
            app = self._credentials.app
            if app is None:
                raise ConfigurationError(
                    f"{operation.id} is authorised by the app's id and secret: give them to the "
                    "credentials, for example StaticToken(token, app=App(id, secret))"
                )
            headers["Authorization"] = app.basic
        headers.update(extra or {})
        return headers

    async def renewed(
        self,
        error: AuthenticationFailed,
        headers: CIMultiDict[str],
        extra: Mapping[str, str] | None,
    ) -> bool:
        """Tell the credentials of a refused token; return whether they have another one."""
        sent = headers.get("Authorization", "")
        if error.code != 2 or not sent.startswith("Bearer ") or _has_authorization(extra):
            return False
        return await self._credentials.rejected(Secret(sent.removeprefix("Bearer ")))

    def limit_key(self, category: str, path: str) -> LimitKey:
        """Return whose budget a call to `path` spends.

        `limit_keys` holds it from then on where it does not depend on the path.
        """
        if category in PER_AD_ACCOUNT:
            match = _AD_ACCOUNT.search(path)
            return self._limit_key(category, match[1] if match else None)
        key = self.limit_keys.get(category)
        if key is None:
            key = self.limit_keys[category] = self._limit_key(category, None)
        return key

    def _limit_key(self, category: str, ad_account_id: str | None) -> LimitKey:
        app = self._credentials.app
        return LimitKey(
            app="" if app is None else app.id,
            account=self._credentials.account,
            category=category,
            ad_account_id=ad_account_id,
            unlimited=self._credentials.conversion,
        )


def common_headers() -> CIMultiDict[str]:
    """Return what every request says beside its token and its body."""
    return CIMultiDict({"Accept": JSON, "Accept-Encoding": ENCODINGS, "User-Agent": USER_AGENT})


def _has_authorization(headers: Mapping[str, str] | None) -> bool:
    return headers is not None and any(name.lower() == "authorization" for name in headers)
