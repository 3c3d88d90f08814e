"""What Pinterest says when it refuses: a status, a code and a message.

The codes are Pinterest's and clients branch on them; the sentences are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.operations import Operation

SPAM_DETAIL = "This action was stopped by a block (Pins) that is in place to combat spam."


class Refusal(Exception):
    """Ends a request with an error response.

    Args:
        status: the HTTP status.
        code: Pinterest's own code, which means something only together with the status.
        message: what went wrong.
        extra: further members of the body, such as `message_detail`.
    """

    def __init__(self, status: int, code: int, message: str, /, **extra: Any) -> None:
        super().__init__(f"{status} code {code}: {message}")
        self.status = status
        self.body: dict[str, Any] = {"code": code, "message": message, **extra}


def bad_parameter(message: str) -> Refusal:
    """400 code 1: a parameter or a field that does not hold what it must."""
    return Refusal(400, 1, f"Invalid request: {message}")


def documented(operation: Operation, refusal: Refusal) -> Refusal:
    """The refusal with the code that the operation's description shows for it."""
    if refusal.status == 400 and refusal.body["code"] == 1:
        refusal.body["code"] = operation.bad_request_code
    return refusal


def authentication_failed() -> Refusal:
    """401 code 2, with the body that was captured from the real API."""
    return Refusal(401, 2, "Authentication failed.", status="failure")


def invalid_grant() -> Refusal:
    """401 code 283: a code or refresh token that is used up, expired, revoked or unknown."""
    return Refusal(401, 283, "The authorization grant or refresh token is invalid.")


def not_permitted(message: str = "You are not permitted to access that resource.") -> Refusal:
    """403 code 29: the token is good, and what it asks for is not for it."""
    return Refusal(403, 29, message)


def restricted_feature(name: str) -> Refusal:
    """401 code 3 that no scope will help: the app may not use this feature."""
    return Refusal(401, 3, f"Your app does not have access to this restricted feature: {name}")


def blocked_link() -> Refusal:
    """429 code 9 for one Pin whose link is blocked; others can be made."""
    message = "We blocked this link, as it may lead to spam."
    return Refusal(429, 9, message, details={"source_field": None})


def no_room(what: str, most: int) -> Refusal:
    """400 code 1 for one thing too many. The figure is Pinterest's, the code is a guess."""
    return Refusal(400, 1, f"This account cannot have more than {most} {what}.")


def exclusive_access() -> Refusal:
    """409 code 409: somebody else is changing the sections of this board."""
    return Refusal(409, 409, "Could not get exclusive access to the board. Try again later.")


def missing_scopes(scopes: Iterable[str]) -> Refusal:
    """401 code 3 (not 403): the token is good but was not granted enough."""
    wanted = ", ".join(sorted(scopes))
    return Refusal(401, 3, f"Your token lacks scopes that this operation needs: {wanted}")


def trial_access() -> Refusal:
    """403 code 29: an app with Trial access may not create Pins outside the sandbox."""
    return Refusal(
        403,
        29,
        "Apps with Trial access may not create Pins in production. "
        "Use https://api-sandbox.pinterest.com instead.",
    )


def user_not_found() -> Refusal:
    """404 code 30."""
    return Refusal(404, 30, "User not found.")


def board_not_found() -> Refusal:
    """404 code 40."""
    return Refusal(404, 40, "Board not found.")


def pin_not_found() -> Refusal:
    """404 code 50."""
    return Refusal(404, 50, "Pin not found.")


def section_not_found() -> Refusal:
    """404 code 2031."""
    return Refusal(404, 2031, "Board section not found.")


def not_found(what: str) -> Refusal:
    """404 code 404, for everything that has no code of its own."""
    return Refusal(404, 404, f"{what} not found.")


def method_not_allowed(method: str, path: str) -> Refusal:
    """405 code 5, in the envelope of the older API that this response still wears."""
    return Refusal(
        405,
        5,
        "Method not allowed.",
        status="failure",
        data=f"{method} is not allowed here",
        endpoint_name=path,
    )


def over_quota() -> Refusal:
    """429 code 8: a rate-limit window is used up."""
    return Refusal(429, 8, "You have exceeded your rate limit. Try again later.")


def spam_block() -> Refusal:
    """429 that no waiting for a window will lift; `message_detail` tells it from a quota."""
    return Refusal(429, 8, "This request was blocked.", message_detail=SPAM_DETAIL)
