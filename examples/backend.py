"""A back end on FastAPI: each request acts for its user, errors are responses; it ends in order.

    PINTEREST_APP_ID=… PINTEREST_APP_SECRET=… python -m examples.backend

Logging in is shown by `web_fastapi.py`; here the tokens of the users are in a database, and the
header `X-User` stands for whatever tells you who is asking.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import msgspec
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse

from examples.sql_store import SQLTokenStore
from pinterest_async import (
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequest,
    MissingScope,
    NotFound,
    PermissionDenied,
    Pinterest,
    PinterestError,
    RateLimited,
    RateLimitTooLong,
    ReauthorizationRequired,
    SpamBlocked,
    TokenStoreError,
)
from pinterest_async.auth import ClientCredentials, OAuthApp, RefreshingCredentials

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

STATUS: Final[dict[type[PinterestError], int]] = {
    ReauthorizationRequired: 401,
    MissingScope: 403,
    PermissionDenied: 403,
    NotFound: 404,
    InvalidRequest: 422,
    RateLimited: 503,
    RateLimitTooLong: 503,
    SpamBlocked: 503,
    TokenStoreError: 503,
    ConnectionFailed: 504,
    DeadlineExceeded: 504,
}
"""What becomes of an error; the first class that fits decides, and all others are a 502."""


async def respond_to_error(_request: Request, error: Exception) -> Response:
    """Tell the caller what went wrong, and when to come back, in words without secrets."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 502)
    wait = getattr(error, "retry_after", None)
    headers = {} if wait is None else {"Retry-After": str(max(1, round(wait)))}
    said = {"error": type(error).__name__, "message": str(error)}
    return JSONResponse(said, status, headers=headers)


class Users:
    """What the requests share: one client and one store for all users."""

    def __init__(self, oauth: OAuthApp, store: SQLTokenStore) -> None:
        self.store = store
        # A call waits 10 s at most for a rate limit, and takes 20 s at most.
        self.pinterest = Pinterest(
            ClientCredentials(oauth, ["boards:read"]),
            base_url=oauth.base_url,
            max_wait=10,
            deadline=20,
        )

        @lru_cache(maxsize=10_000)
        def credentials(user: str) -> RefreshingCredentials:
            return RefreshingCredentials(oauth, store, user)

        # Kept, so that a user's requests share the token, and one refresh of it.
        self.credentials = credentials


async def client_of(request: Request, x_user: Annotated[str, Header()]) -> Pinterest:
    """The client of whoever is asking: a copy, which costs next to nothing."""
    users: Users = request.app.state.users
    return users.pinterest.for_account(users.credentials(x_user))


Client: TypeAlias = Annotated[Pinterest, Depends(client_of)]

routes = APIRouter()


@routes.get("/health")
async def health(request: Request) -> dict[str, object]:
    """Say whether users can be served, without a call that would spend their limits."""
    users: Users = request.app.state.users
    await users.store.check()
    return {"ok": True, "waiting": sum(row.waiting for row in users.pinterest.rate_limits)}


@routes.get("/boards")
async def boards(pinterest: Client) -> Response:
    """List the user's boards."""
    found = await pinterest.boards.list().collect(max_items=100)
    return Response(msgspec.json.encode(found), media_type="application/json")


@routes.get("/boards/{board_id}")
async def board(board_id: str, pinterest: Client) -> Response:
    """Show one board."""
    found = await pinterest.boards.get(board_id)
    return Response(msgspec.json.encode(found), media_type="application/json")


def make_app(oauth: OAuthApp, database: str) -> FastAPI:
    """Make the back end; its client and its store live as long as it does."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        # At the end the server has answered what was under way. Then tokens that are being renewed
        # are stored, connections are closed, and the database last.
        async with SQLTokenStore(database) as store:
            app.state.users = Users(oauth, store)
            async with app.state.users.pinterest:
                yield

    app = FastAPI(lifespan=lifespan)
    app.add_exception_handler(PinterestError, respond_to_error)
    app.include_router(routes)
    return app


if __name__ == "__main__":
    uvicorn.run(
        make_app(
            OAuthApp(
                os.environ["PINTEREST_APP_ID"],
                os.environ["PINTEREST_APP_SECRET"],
                base_url=os.environ.get("PINTEREST_BASE_URL"),
            ),
            os.environ.get("DATABASE_URL", "sqlite+aiosqlite:///tokens.db"),
        ),
        host="127.0.0.1",
        port=int(os.environ.get("PORT", "8080")),
        # Longer than a call may take, so that none is cut off.
        timeout_graceful_shutdown=25,
    )
