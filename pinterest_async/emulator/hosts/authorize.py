"""The page that asks a user whether an app may act for them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from pinterest_async.emulator.handlers.oauth import read_scopes
from pinterest_async.emulator.hosts.layout import page
from pinterest_async.emulator.schema.errors import Refusal, bad_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinterest_async.emulator.state.world import World

PATH = "/oauth/"

_ASKED = ("client_id", "redirect_uri", "response_type", "scope", "state")
_QUESTION = """
<h1>Give app {app} access?</h1>
<p>It wants to be sent back to <code>{back}</code>, and asks to:</p>
<ul>{scopes}</ul>
<form method="post" action="/oauth/">
{hidden}
<p><label>as <select name="username">{accounts}</select></label></p>
<p><button name="decision" value="allow">Give access</button>
<button name="decision" value="deny" class="plain">Cancel</button></p>
</form>
<p class="note">This is the emulator of pinterest_async. No real account is touched.</p>
"""


def answer(world: World, asked: Mapping[str, str]) -> web.Response:
    """The page, or the way back to the app.

    Args:
        world: whose users there are; the app is the same for all.
        asked: the query, or the form that the page's button has sent.
    """
    try:
        return _answer(world, asked)
    except Refusal as refusal:
        # Not a redirect: whoever asks in such a way has not shown where it may go.
        text = f"<h1>Not possible</h1><p>{html.escape(refusal.body['message'])}</p>"
        return page("Not possible", text, status=refusal.status)


def _answer(world: World, asked: Mapping[str, str]) -> web.Response:
    app = world.app
    client_id = asked.get("client_id") or asked.get("consumer_id")
    if client_id != app.id:
        raise bad_parameter("client_id is not that of an app")
    back = asked.get("redirect_uri", "")
    if back not in app.redirect_uris:
        # Sending anything there would hand a user's code to a stranger.
        raise bad_parameter("redirect_uri is not exactly one that is registered with the app")
    if asked.get("response_type") != "code":
        raise bad_parameter("response_type must be code")
    scopes = read_scopes(asked.get("scope", ""))
    state = {"state": asked["state"]} if "state" in asked else {}
    decision = "allow" if app.auto_approve else asked.get("decision")
    if decision is None:
        return _question(world, {**asked, "client_id": app.id}, scopes)
    if decision == "deny":
        return _sent_back(back, {"error": "access_denied", **state})
    username = asked.get("username") or next(iter(world.accounts))
    if username not in world.accounts:
        raise bad_parameter("username is not that of an account here")
    code = app.allow(username, scopes, redirect_uri=back, now=world.clock())
    return _sent_back(back, {"code": code, **state})


def _question(world: World, asked: Mapping[str, str], scopes: frozenset[str]) -> web.Response:
    hidden = "\n".join(
        f'<input type="hidden" name="{name}" value="{html.escape(asked[name])}">'
        for name in _ASKED
        if name in asked
    )
    return page(
        "Give access",
        _QUESTION.format(
            app=html.escape(asked["client_id"]),
            back=html.escape(asked["redirect_uri"]),
            scopes="".join(f"<li>{html.escape(scope)}</li>" for scope in sorted(scopes)),
            hidden=hidden,
            accounts="".join(f"<option>{html.escape(name)}</option>" for name in world.accounts),
        ),
    )


def _sent_back(address: str, more: Mapping[str, str]) -> web.Response:
    joint = "&" if urlsplit(address).query else "?"
    headers = {"location": f"{address}{joint}{urlencode(more)}", "cache-control": "no-store"}
    return web.Response(status=302, headers=headers)
