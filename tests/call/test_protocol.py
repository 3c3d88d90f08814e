"""Requests put together and answers judged, without a network."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinterest_async import errors
from pinterest_async._call.endpoint import BaseURL, Endpoint
from pinterest_async._call.protocol import (
    PathTemplate,
    check_raw_path,
    encode_body,
    encode_query,
    is_write,
    judge,
)
from pinterest_async.errors import APIError, InvalidRequest, MissingScope
from pinterest_async.limits.headers import RateLimit
from tests.support.scripted import operation

SECTION = PathTemplate.parse("/boards/{board_id}/sections/{section_id}/pins")
USER = PathTemplate.parse("/users/{username}")


def judged(status: int, body: object, **more: Any) -> APIError:
    """Judge an answer that must be an error."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    headers = more.pop("headers", {})
    op = more.pop("op", operation())
    error = judge(op, status, headers, content, **more)
    assert error is not None
    return error


def test_path_parameters_fill_their_places() -> None:
    """Values stand where their names stood."""
    assert SECTION.fill(("1", "2")) == "/boards/1/sections/2/pins"
    assert PathTemplate.parse("/boards").fill(()) == "/boards"


@given(st.text(min_size=1).filter(lambda t: t.strip() and t not in (".", "..")))
def test_any_path_value_comes_back_whole_and_stays_one_segment(value: str) -> None:
    """Whatever a value holds, it is one segment of the path and decodes to itself."""
    try:
        path = USER.fill((value,))
    except InvalidRequest:
        with pytest.raises(UnicodeEncodeError):
            value.encode()
        return
    assert path.isascii()
    assert path.count("/") == 2
    assert unquote(path.removeprefix("/users/")) == value


@pytest.mark.parametrize("value", ["", " ", "\t", ".", "..", 12, None, "\ud800"])
def test_unsendable_path_values_name_their_parameter(value: Any) -> None:
    """An empty value, one that climbs, and one that is no text are refused by name."""
    with pytest.raises(InvalidRequest, match="section_id"):
        SECTION.fill(("1", value))
    with pytest.raises(InvalidRequest, match="username"):
        USER.fill((value,))


def test_query_values_have_one_form_each() -> None:
    """Booleans, numbers and dates are written as Pinterest reads them; None is left out."""
    query = encode_query(
        {
            "flag": True,
            "off": False,
            "n": 3,
            "x": 0.5,
            "day": date(2026, 1, 2),
            "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "none": None,
            "ids": ["1", "2"],
            "no_ids": [],
        }
    )
    assert query == (
        "flag=true&off=false&n=3&x=0.5&day=2026-01-02&at=2026-01-02T03%3A04%3A05%2B00%3A00"
        "&ids=1&ids=2"
    )


@given(st.text(), st.text())
def test_any_query_value_comes_back_whole(first: str, second: str) -> None:
    """Whatever a bookmark or a search term holds, the server reads the same."""
    try:
        query = encode_query({"a": first, "b": [second, "x"]})
    except InvalidRequest:
        with pytest.raises(UnicodeEncodeError):
            (first + second).encode()
        return
    assert parse_qsl(query, keep_blank_values=True) == [("a", first), ("b", second), ("b", "x")]


@pytest.mark.parametrize("value", [b"x", object(), {"a": 1}, float("nan"), [None], {1, 2}])
def test_unsendable_query_values_name_their_parameter(value: Any) -> None:
    """What has no form in a query is refused, by the name of the parameter."""
    with pytest.raises(InvalidRequest, match="since"):
        encode_query({"since": value})


def test_names_of_parameters_are_encoded() -> None:
    """Brackets in a name are percent-encoded."""
    assert encode_query({"p[report][type]": "X"}) == "p%5Breport%5D%5Btype%5D=X"


class Change(msgspec.Struct):
    """A request body with the three states of a field."""

    title: str | msgspec.UnsetType | None = msgspec.UNSET
    note: str | msgspec.UnsetType | None = msgspec.UNSET


def test_a_body_tells_unset_from_none() -> None:
    """UNSET leaves a field out of the JSON, None is written as null."""
    assert encode_body(Change(title=None), form=False) == b'{"title":null}'


def test_a_form_body_is_url_encoded() -> None:
    """A form writes its fields as a query does."""
    assert encode_body({"code": "a b&c", "scope": "x:read,y"}, form=True) == (
        b"code=a%20b%26c&scope=x%3Aread,y"
    )


@pytest.mark.parametrize("body", [object(), {"a": msgspec.UNSET}, {"a": {1j}}, "\ud800"])
def test_a_body_that_cannot_be_written_is_refused(body: object) -> None:
    """A body that is no JSON raises InvalidRequest before anything is sent."""
    with pytest.raises(InvalidRequest, match="body"):
        encode_body(body, form=False)


@pytest.mark.parametrize(
    "base", ["https://h/v5", "http://127.0.0.1:8080/v5", "http://[::1]:8", "http://h"]
)
def test_a_request_is_encoded_once(base: str) -> None:
    """The URL that aiohttp gets is exactly the encoded text."""
    endpoint = Endpoint[Any](operation("GET", "/users/{username}"), Any)
    base_url = BaseURL.parse(base)
    request = endpoint.request(base_url, ("a/b",), {"bookmark": "Pz9=+/"}, msgspec.UNSET)
    assert str(request.url) == f"{base}/users/a%2Fb?bookmark=Pz9%3D%2B%2F"
    assert request.url.raw_path_qs.endswith("/users/a%2Fb?bookmark=Pz9%3D%2B%2F")
    assert request.body is None
    bare = endpoint.request(base_url, ("a",), {"bookmark": None}, msgspec.UNSET)
    assert str(bare.url) == f"{base}/users/a"


@pytest.mark.parametrize(
    "path", ["boards", "", "/a?b=1", "/a#b", "/a/../b", "/a/%2E%2e/b", "/./a", "/a\\b"]
)
def test_raw_paths_stay_below_the_base(path: str) -> None:
    """A raw path that climbs, or brings a query, is refused."""
    with pytest.raises(InvalidRequest):
        check_raw_path(path)


def test_raw_paths_keep_what_is_already_encoded() -> None:
    """A percent sign of the caller's is kept, and other characters are encoded."""
    assert check_raw_path("/users/a%2Fb/ü{x}") == "/users/a%2Fb/%C3%BC%7Bx%7D"


@pytest.mark.parametrize("status", [200, 201, 204, 206])
def test_every_2xx_is_a_success(status: int) -> None:
    """Any 2xx is judged a success, whatever its body."""
    assert judge(operation(), status, {}, b"<html>") is None


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"code": 1}, errors.BadRequest),
        (401, {"code": 2}, errors.AuthenticationFailed),
        (401, {"code": 3}, errors.MissingScope),
        (401, {"code": 29}, errors.AuthenticationFailed),
        (403, {"code": 29}, errors.PermissionDenied),
        (403, {"code": 403}, errors.PermissionDenied),
        (404, {"code": 40}, errors.NotFound),
        (405, {"code": 5}, APIError),
        (409, {"code": 4182}, errors.Conflict),
        (422, {"code": 4170}, errors.UnprocessableRequest),
        (429, {"code": 8}, errors.RateLimited),
        (429, {"code": 8, "message_detail": "Blocked as SPAM"}, errors.SpamBlocked),
        (429, {"code": 8, "message": "looks like spam"}, errors.SpamBlocked),
        (500, {"code": 500}, errors.ServerError),
        (503, b"", errors.ServerError),
        (302, b"", APIError),
        (418, [], APIError),
    ],
)
def test_each_status_has_its_error(status: int, body: object, expected: type[APIError]) -> None:
    """The status decides the type of the error, and the code within it."""
    error = judged(status, body)
    assert type(error) is expected
    assert error.status == status


@pytest.mark.parametrize("code", [29, 3])
def test_trial_access_is_told_apart_with_its_remedy(code: int) -> None:
    """A 403 that speaks of Trial access names the sandbox as the way out."""
    message = "Apps with Trial access may not create Pins in production"
    error = judged(403, {"code": code, "message": message})
    assert type(error) is errors.TrialAccessError
    assert "sandbox=True" in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "body",
    [
        {"code": "PINNER_DATA_ACCESS_DENIED", "message": "no"},
        {"code": 29, "message": "PINNER_DATA_ACCESS_DENIED"},
        {"code": 29, "message": "no", "details": {"reason": "PINNER_DATA_ACCESS_DENIED"}},
    ],
)
def test_denied_data_access_is_found_wherever_it_stands(body: object) -> None:
    """The word is enough: its place in the answer is not documented."""
    assert type(judged(403, body)) is errors.DataAccessDenied


def test_a_missing_scope_names_the_scopes() -> None:
    """401 with code 3 carries the scopes that the operation needs."""
    error = judged(401, {"code": 3}, op=operation(scopes=("a:read", "b:read")))
    assert isinstance(error, MissingScope)
    assert error.required_scopes == ("a:read", "b:read")
    assert "a:read, b:read" in str(error)


def test_code_3_for_an_unapproved_app_is_no_missing_scope() -> None:
    """The same code also refuses apps of a kind that no scope helps."""
    error = judged(401, {"code": 3, "message": "Your application consumer type is not supported"})
    assert type(error) is errors.AppNotApproved
    assert "not approved" in error.hint


@pytest.mark.parametrize(
    ("sandbox", "words"), [(True, "production"), (False, "sandbox"), (None, "another host")]
)
def test_a_refused_token_hints_at_the_other_host(*, sandbox: bool | None, words: str) -> None:
    """401 with code 2 says that the token may be made for the other host."""
    assert words in judged(401, {"code": 2}, sandbox=sandbox).hint


def test_an_error_carries_what_support_asks_for() -> None:
    """Code, message, request id, operation, rate limit and body are on the error."""
    limit = RateLimit(remaining=0, reset=3.0)
    body = b'{"code": 40, "message": "Board not found.", "status": "failure"}'
    error = judged(404, body, headers={"x-pinterest-rid": "13379"}, rate_limit=limit)
    assert (error.code, error.message, error.request_id) == (40, "Board not found.", "13379")
    assert (error.operation, error.rate_limit, error.body) == ("things/do", limit, body)


@given(st.integers(300, 599), st.binary() | st.text().map(str.encode))
def test_no_body_makes_judging_fail(status: int, body: bytes) -> None:
    """Whatever comes as a body of an error, there is an error of that status."""
    error = judge(operation(), status, {"content-type": "text/html"}, body)
    assert error is not None
    assert error.status == status
    assert error.message


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["code", "message"]), inner)
        ),
    )
)
def test_no_json_makes_judging_fail(body: Any) -> None:
    """Odd types of code and message are no reason to fail either."""
    try:
        content = msgspec.json.encode(body)
    except UnicodeEncodeError:
        return
    error = judge(operation(), 400, {}, content)
    assert isinstance(error, errors.BadRequest)


def test_html_is_not_quoted() -> None:
    """A page of a gateway is described, not shown."""
    error = judged(502, b"<html>secret</html>", headers={"content-type": "text/html; charset=x"})
    assert "text/html" in str(error)
    assert "secret" not in str(error)
    assert error.body == b"<html>secret</html>"


def test_tokens_in_a_message_are_struck_out() -> None:
    """A token that Pinterest repeats in its message is not shown."""
    error = judged(401, {"code": 2, "message": "bad token pina_AbC-1_x given"})
    assert "pina_" not in str(error)
    assert "<token>" in error.message


def test_long_messages_are_cut() -> None:
    """A page-long message becomes one line of bounded length."""
    error = judged(400, {"code": 1, "message": "x\n" * 5000})
    assert len(error.message) < 600
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("status", "headers", "message", "reset", "expected"),
    [
        (429, {"retry-after": "7"}, "Retry after 3 seconds", 5.0, 7.0),
        (429, {}, "Retry after 3 seconds", 5.0, 5.0),
        (429, {}, "Please retry after 3 seconds.", None, 3.0),
        (400, {}, "Retry After 2.5 Seconds", 5.0, 2.5),
        (400, {}, "retry after 2 minutes", None, 120.0),
        (503, {"retry-after": "Thu, 01 Jan 1970 00:02:00 GMT"}, "", None, 20.0),
        (503, {"retry-after": "soon"}, "", None, None),
        (429, {"retry-after": "nan"}, "", None, None),
        (429, {"retry-after": "-5"}, "", None, 0.0),
        (500, {}, "Retry after 3 seconds", None, None),
        (400, {}, "bad", 5.0, None),
    ],
)
def test_the_wait_is_read_in_order(
    status: int, headers: dict[str, str], message: str, reset: float | None, expected: float | None
) -> None:
    """The wait comes from Retry-After, then the reset of a 429, then the words of the message."""
    limit = None if reset is None else RateLimit(reset=reset)
    error = judged(status, {"message": message}, headers=headers, rate_limit=limit, now=100.0)
    assert error.retry_after == expected


@pytest.mark.parametrize(
    ("method", "repeatable", "status", "code", "expected"),
    [
        ("POST", False, 500, None, True),
        ("PATCH", False, 502, None, True),
        ("DELETE", True, 503, None, True),
        ("GET", True, 500, None, False),
        ("POST", True, 500, None, False),
        ("POST", False, 400, 1, False),
        ("POST", False, 400, 2787, True),
        ("POST", False, 429, 8, False),
        ("DELETE", True, 404, None, False),
    ],
)
def test_only_a_doubtful_write_may_have_applied(
    *,
    method: str,
    repeatable: bool,
    status: int,
    code: int | None,
    expected: bool,
) -> None:
    """A write may have taken effect after a 5xx, or the 400 that is known for it; a read never."""
    op = operation(method, repeatable=repeatable)
    assert judged(status, {"code": code}, op=op).may_have_applied is expected


def test_get_is_never_a_write() -> None:
    """Deletions and unrepeatable operations write; reads and read-like POSTs do not."""
    assert not is_write(operation("GET"))
    assert is_write(operation("DELETE"))
    assert is_write(operation("POST"))
    assert not is_write(operation("POST", repeatable=True))
