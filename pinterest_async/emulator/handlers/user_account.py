"""The account itself: profile, followers and those it follows, claimed websites."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from pinterest_async.emulator.handlers import organic_analytics, targeting
from pinterest_async.emulator.http.call import NO_CONTENT, ApiCall, Handlers, Reply
from pinterest_async.emulator.schema import fields, pictures
from pinterest_async.emulator.schema.errors import not_found, user_not_found

if TYPE_CHECKING:
    from collections.abc import Sequence


def get_user_account(call: ApiCall) -> Reply:
    """The profile, with its present counts."""
    account = call.account
    return Reply.json(
        {
            **account.profile.members,
            "board_count": len(account.saved.boards),
            "pin_count": len(account.saved.pins),
            "follower_count": len(account.profile.followers),
            "following_count": len(account.profile.following),
        }
    )


def list_followers(call: ApiCall) -> Reply:
    """Those who follow the account."""
    return _page_of_users(call, call.account.profile.followers)


def list_following(call: ApiCall) -> Reply:
    """Those whom the account follows."""
    return _page_of_users(call, call.account.profile.following)


def _page_of_users(call: ApiCall, names: Sequence[str]) -> Reply:
    return call.page([{"username": name, "type": "user"} for name in names])


def list_followed_boards(call: ApiCall) -> Reply:
    """The boards that the account follows."""
    return call.page(call.account.profile.followed_boards)


def follow_user(call: ApiCall) -> Reply:
    """The account follows somebody that is known here."""
    username = _somebody(call)
    account = call.account
    if username not in account.profile.following:
        account.profile.following.append(username)
    return Reply.json({"username": username, "type": "user"})


def _somebody(call: ApiCall) -> str:
    """The name in the path, when there is such a user."""
    username = call.path["username"]
    account = call.account
    if username in (*call.world.accounts, *account.profile.followers, *account.profile.following):
        return username
    raise user_not_found()


def list_followed_interests(call: ApiCall) -> Reply:
    """The interests that somebody follows: always the same ones."""
    keys = list(targeting.INTERESTS)
    first = len(_somebody(call)) % len(keys)
    return call.page(
        [
            {
                "id": key,
                "name": targeting.INTERESTS[key][0],
                "key": targeting.INTERESTS[key][0].lower().replace(" ", "-"),
                "canonical_url": f"https://www.pinterest.com/ideas/{key}/",
            }
            for key in keys[first:]
        ]
    )


def list_businesses(call: ApiCall) -> Reply:
    """The businesses that the account is linked to."""
    return Reply.json(
        [
            {"username": one["username"], **_faces(str(one["username"]))}
            for one in call.account.stores.store("businesses")
        ]
    )


def _faces(name: str) -> dict[str, str]:
    found = pictures.sizes(name, 600, 600)
    labels = {"small": "150x150", "medium": "400x300", "large": "600x", "xlarge": "originals"}
    return {f"image_{size}_url": found[label]["url"] for size, label in labels.items()}


def list_websites(call: ApiCall) -> Reply:
    """The websites that the account has claimed."""
    return call.page(list(call.account.profile.websites.values()))


def verification_code(call: ApiCall) -> Reply:
    """What to put on a website to claim it, in each of the three ways; always the same."""
    code = f"{Random(call.account.id).getrandbits(128):032x}"
    return Reply.json(
        {
            "verification_code": code,
            "dns_txt_record": f"pinterest-site-verification={code}",
            "metatag": f'<meta name="p:domain_verify" content="{code}"/>',
            "filename": f"pinterest-{code[:5]}.html",
            "file_content": f"<html><head><title>{code}</title></head></html>",
        }
    )


def claim_website(call: ApiCall) -> Reply:
    """A website is claimed; here, every claim holds."""
    body = fields.fields(call.body)
    website = fields.required_text(body, "website")
    claimed = {"website": website, "status": "verified", "verified_at": call.account.now()}
    call.account.profile.websites[website] = claimed
    return Reply.json(claimed)


def unclaim_website(call: ApiCall) -> Reply:
    """A claim goes."""
    if call.account.profile.websites.pop(call.query["website"], None) is None:
        raise not_found("Website")
    return NO_CONTENT


HANDLERS: Handlers = {
    "user_account/get": get_user_account,
    "followers/list": list_followers,
    "user_following/get": list_following,
    "boards_user_follows/list": list_followed_boards,
    "follow_user/update": follow_user,
    "user_account/followed_interests": list_followed_interests,
    "linked_business_accounts/get": list_businesses,
    "user_websites/get": list_websites,
    "website_verification/get": verification_code,
    "verify_website/update": claim_website,
    "unverify_website/delete": unclaim_website,
    "user_account/analytics": organic_analytics.of_account,
    "user_account/analytics/top_pins": organic_analytics.top_pins,
    "user_account/analytics/top_video_pins": organic_analytics.top_video_pins,
}
