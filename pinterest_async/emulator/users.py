"""The account itself: profile, followers and those it follows, claimed websites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.emulator import checks
from pinterest_async.emulator.call import NO_CONTENT, Call, Reply, encode_json
from pinterest_async.emulator.refusals import bad_parameter, not_found, user_not_found

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEED_TYPES = frozenset({"ALL", "RANKED", "CREATOR_ONLY", "RANKED_CREATOR_ONLY"})
_METHODS = frozenset({"DNSTXT", "FILENAME", "METATAG"})


def get_user_account(call: Call) -> Reply:
    """The profile, with its present counts."""
    account = call.account
    return Reply.json(
        {
            **account.profile,
            "board_count": len(account.boards),
            "pin_count": len(account.pins),
            "follower_count": len(account.followers),
            "following_count": len(account.following),
        }
    )


def list_followers(call: Call) -> Reply:
    """Those who follow the account."""
    return _page_of_users(call, call.account.followers)


def list_following(call: Call) -> Reply:
    """Those whom the account follows."""
    checks.query_choice(call.query, "feed_type", _FEED_TYPES)
    checks.query_flag(call.query, "explicit_following")
    return _page_of_users(call, call.account.following)


def _page_of_users(call: Call, names: Sequence[str]) -> Reply:
    def encoded(key: int) -> bytes:
        return encode_json({"username": names[key], "type": "user"})

    return Reply(200, call.pages.page(call, range(len(names)), encoded))


def list_followed_boards(call: Call) -> Reply:
    """The boards that the account follows."""
    checks.query_flag(call.query, "explicit_following")
    boards = call.account.followed_boards
    page = call.pages.page(call, range(len(boards)), lambda key: encode_json(boards[key]))
    return Reply(200, page)


def follow_user(call: Call) -> Reply:
    """The account follows somebody that is known here."""
    checks.flag(checks.fields(call.body), "auto_follow", default=False)
    username = call.path["username"]
    account = call.account
    if username not in call.world.accounts and username not in (
        *account.followers,
        *account.following,
    ):
        raise user_not_found()
    if username not in account.following:
        account.following.append(username)
    return Reply.json({"username": username, "type": "user"})


def list_websites(call: Call) -> Reply:
    """The websites that the account has claimed."""
    websites = list(call.account.websites.values())
    page = call.pages.page(call, range(len(websites)), lambda key: encode_json(websites[key]))
    return Reply(200, page)


def claim_website(call: Call) -> Reply:
    """A website is claimed; here, every claim holds."""
    body = checks.fields(call.body)
    website = checks.required_text(body, "website")
    checks.choice(body, "verification_method", _METHODS)
    claimed = {"website": website, "status": "verified", "verified_at": call.account.now()}
    call.account.websites[website] = claimed
    return Reply.json(claimed)


def unclaim_website(call: Call) -> Reply:
    """A claim goes."""
    website = call.query.get("website")
    if website is None:
        raise bad_parameter("website is a required property")
    if call.account.websites.pop(website, None) is None:
        raise not_found("Website")
    return NO_CONTENT
