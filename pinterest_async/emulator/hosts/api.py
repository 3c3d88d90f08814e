"""One host of the API: whose call it is, whether it may be made, and what it is answered."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from pinterest_async.emulator.hosts import drawing
from pinterest_async.emulator.http import dispatch, quirks, wire
from pinterest_async.emulator.http.call import ApiCall, Reply
from pinterest_async.emulator.http.faults import Fault, OverQuota, SpamBlock
from pinterest_async.emulator.schema.errors import (
    Refusal,
    authentication_failed,
    bad_parameter,
    missing_scopes,
    not_permitted,
    over_quota,
    spam_block,
)
from pinterest_async.emulator.schema.pictures import IMAGE_HOST
from pinterest_async.emulator.state.tokens import SCOPES, Grant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import web

    from pinterest_async.emulator.state.limits import RateLimits, Window
    from pinterest_async.emulator.state.paging import Pages
    from pinterest_async.emulator.state.world import World
    from pinterest_async.operations import Operation

_FOR_CONVERSION_TOKENS = "events/create"
_IMAGE_HOST = IMAGE_HOST.encode()


class Api:
    """The API on one host: production, or the sandbox.

    Args:
        world: what it knows.
        pages: how it cuts lists.
        limits: the windows that calls are counted in.
        enforce_limits: whether a used-up window refuses.
        local_pictures: whether the addresses of pictures lead to this machine.
    """

    def __init__(
        self,
        world: World,
        *,
        pages: Pages,
        limits: RateLimits,
        enforce_limits: bool,
        local_pictures: bool,
    ) -> None:
        self.world = world
        self.limits = limits
        self._pages = pages
        self._enforce_limits = enforce_limits
        self._local_pictures = local_pictures

    def serve(
        self,
        request: web.BaseRequest,
        operation: Operation,
        path: Mapping[str, str],
        body: object,
        fault: Fault | None,
    ) -> tuple[Reply, Mapping[str, str]]:
        """The response of the API, and the headers that tell its limits."""
        windows: Sequence[Window] = ()
        try:
            grant = self._authorise(request, operation)
            if grant.kind != "conversions":  # those tokens have no limits
                windows = self.limits.windows(
                    operation.category, grant.account.username, path.get("ad_account_id")
                )
            if isinstance(fault, OverQuota):
                return wire.refused(over_quota()), self.limits.used_up(windows, fault.reset)
            if isinstance(fault, SpamBlock):
                raise spam_block()
            if not self.limits.admit(windows) and self._enforce_limits:
                raise over_quota()
            if isinstance(body, bytes):
                raise bad_parameter("the body is not valid JSON")
            if self.world.quirks:
                now = self.world.clock()
                quirks.refuse(self.world.quirks, operation, grant.account, path, body, now)
            reply = dispatch.answer(
                ApiCall(
                    operation=operation,
                    path=path,
                    query=request.query,
                    body=body,
                    account=grant.account,
                    scopes=grant.scopes,
                    world=self.world,
                    pages=self._pages,
                )
            )
            reply = self.finished(reply)
        except Refusal as refusal:
            reply = wire.refused(refusal)
        return reply, self.limits.headers(windows) if windows else {}

    def finished(self, reply: Reply) -> Reply:
        """The reply with what this host makes of every one."""
        body = quirks.distorted(self.world.quirks, reply.body)
        if self._local_pictures:
            body = body.replace(_IMAGE_HOST, f"{self.world.files_origin}{drawing.PATH}".encode())
        return reply if body is reply.body else Reply(reply.status, body)

    def _authorise(self, request: web.BaseRequest, operation: Operation) -> Grant:
        """Whose call it is. A 401 spends nothing and tells no limits."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if operation.basic:
            if scheme.lower() != "basic" or not self._is_app(secret):
                raise authentication_failed()
            return Grant(next(iter(self.world.accounts.values())), SCOPES)
        grant = self.world.tokens.grant(secret.strip()) if scheme.lower() == "bearer" else None
        if grant is None:
            raise authentication_failed()
        if self.world.sandbox and not operation.sandbox:
            raise not_permitted("This operation is not available in the sandbox.")
        if grant.kind == "app" and not operation.client_credentials:
            raise not_permitted()
        if grant.kind == "conversions" and operation.id != _FOR_CONVERSION_TOKENS:
            raise not_permitted()
        if not grant.scopes.issuperset(operation.scopes):
            raise missing_scopes(set(operation.scopes) - grant.scopes)
        return grant

    def _is_app(self, secret: str) -> bool:
        app = self.world.app
        try:
            return base64.b64decode(secret).decode() == f"{app.id}:{app.secret}"
        except (binascii.Error, UnicodeDecodeError):
            return False
