"""How a call is put on the wire and how a response is judged: pure functions, no I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast, get_args
from urllib.parse import quote

import msgspec

from pinterest_async._call.hints import Refused, hint_for, scopes_for
from pinterest_async.errors import (
    APIError,
    AppNotApproved,
    AuthenticationFailed,
    BadRequest,
    Conflict,
    DataAccessDenied,
    InvalidRequest,
    LinkBlocked,
    MissingScope,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    SpamBlocked,
    TrialAccessError,
    UnprocessableRequest,
)
from pinterest_async.limits.headers import seconds_told

if TYPE_CHECKING:
    from pinterest_async.limits.headers import RateLimit
    from pinterest_async.operations import Operation

QueryScalar: TypeAlias = str | int | float | bool | date | datetime
QueryValue: TypeAlias = QueryScalar | Sequence[QueryScalar] | None
"""What a query parameter may be. None is left out, a sequence repeats the key."""

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"


def _plain_text(value: object) -> str:
    """Write what is text, if of a type of its own."""
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"Encoding objects of type {type(value).__name__} is unsupported")


_encode_json = msgspec.json.Encoder(enc_hook=_plain_text).encode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode

# Sequences that are no lists of values.
_NO_LISTS = (str, bytes, bytearray)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_RETRY_AFTER = re.compile(r"retry\s+after\s+(\d+(?:\.\d+)?)\s*(min)?", re.IGNORECASE)
_TOKEN = re.compile(r"\bpin[a-z]_[\w.-]+")
# Words of a refusal that is about the app, and not about its token.
_NOT_APPROVED: Final = ("consumer type", "restricted feature", "standard access")
# Characters of a header that a message shows.
_SHOWN: Final = 100
# Beside these a refusal's body has no members.
_REFUSAL_FIELDS: Final = frozenset(
    {"code", "message", "message_detail", "data", "details", "error", "error_description", "status"}
)
begins_as_refusal: Final = re.compile(
    rb'\s*\{\s*"(?:%s)"' % b"|".join(sorted(name.encode() for name in _REFUSAL_FIELDS))
).match
"""Whether a body may be a refusal's, by its first member: asked of every response."""
# A long message helps nobody, and some gateways put a whole page into one.
_MESSAGE_LENGTH = 500

_BY_STATUS: Mapping[int, type[APIError]] = {
    400: BadRequest,
    401: AuthenticationFailed,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    422: UnprocessableRequest,
    429: RateLimited,
}


class PathTemplate(msgspec.Struct, frozen=True):
    """An operation's path, cut at its parameters: `literals` has one part more than `names`."""

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, path: str) -> PathTemplate:
        """Cut a path such as `/boards/{board_id}/pins`."""
        parts = _PLACEHOLDER.split(path)
        return cls(literals=tuple(parts[::2]), names=tuple(parts[1::2]))

    def fill(self, values: tuple[str, ...]) -> str:
        """Return the path with `values` percent-encoded in the places of its parameters.

        Raises:
            InvalidRequest: a value is empty, or would change which path is meant.
        """
        if not self.names:
            return self.literals[0]
        filled = [self.literals[0]]
        for name, value, literal in zip(self.names, values, self.literals[1:], strict=True):
            filled.append(_path_segment(name, value))
            filled.append(literal)
        return "".join(filled)


def check_raw_path(path: str) -> str:
    """Return a whole path that the caller wrote, with what cannot stand in a URL percent-encoded.

    Raises:
        InvalidRequest: it does not begin with `/`, holds a query, or climbs with `..`.
    """
    if not path.startswith("/"):
        raise InvalidRequest(f"a path begins with '/', for example '/boards', unlike {path[:80]!r}")
    if "?" in path or "#" in path or "\\" in path:
        raise InvalidRequest("a path holds no '?', '#' or backslash; parameters go into `query`")
    dots = path.lower().replace("%2e", ".").split("/")
    if "." in dots or ".." in dots:
        raise InvalidRequest("a path must not hold '.' or '..' segments")
    return _quoted("path", path, safe="/%:@!$&'()*+,;=~")


def encode_query(query: Mapping[str, QueryValue]) -> str:
    """Return `query` as it stands behind the `?`; empty when nothing is set.

    Raises:
        InvalidRequest: a value is of a type that has no form in a query.
    """
    pairs: list[str] = []
    for name, value in query.items():
        if value is None:
            continue
        key = name if name.isidentifier() and name.isascii() else _quoted(name, name)
        if isinstance(value, _NO_LISTS) or not isinstance(value, Sequence):
            pairs.append(f"{key}={_query_text(name, value)}")
        else:
            elements = cast("Sequence[object]", value)
            pairs.extend(f"{key}={_query_text(name, element)}" for element in elements)
    return "&".join(pairs)


def encode_body(body: object, *, form: bool) -> bytes:
    """Return `body` as JSON, or as a form.

    Raises:
        InvalidRequest: it holds something that cannot be written.
    """
    try:
        if form:
            fields = msgspec.to_builtins(body, str_keys=True, enc_hook=_plain_text)
            return encode_query(fields).encode("ascii")
        return _encode_json(body)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, InvalidRequest):
            raise
        # msgspec names types in its messages, never values.
        raise InvalidRequest(f"the body cannot be written: {error}") from error


def is_write(operation: Operation) -> bool:
    """Whether carrying out `operation` changes something at Pinterest."""
    method = operation.http_method
    return method == "DELETE" or (method != "GET" and not operation.repeatable)


def judge(
    operation: Operation,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    rate_limit: RateLimit | None = None,
    sandbox: bool | None = None,
    now: float = 0.0,
    secret: bool = False,
    acts: bool = False,
) -> APIError | None:
    """Return None for a success, else the error that the response stands for.

    Args:
        operation: what was asked for.
        status: the HTTP status.
        headers: the response's headers; names are looked up in lower case.
        body: the response's body, JSON or not.
        rate_limit: what the headers said about the rate limit.
        sandbox: whether it was the sandbox host, None where the host is neither.
        now: the wall clock, in seconds since the epoch, for a `Retry-After` that is a date.
        secret: whether what was sent speaks of something secret.
        acts: whether it was sent for the owner of an ad account.
    """
    if 200 <= status < 300:
        return None
    fields = _error_fields(body)
    code = _code(fields.get("code"))
    message = _message(fields, status, headers, body)
    error_type = _error_type(status, code, message, fields, body)
    # The window that the headers tell of says nothing of a spam block.
    window = None if issubclass(error_type, SpamBlocked) else rate_limit
    wait = _retry_after(status, headers, message, window, now)
    refused = Refused(
        kind=error_type,
        status=status,
        code=code,
        message=message,
        retry_after=wait,
        operation=operation,
        sandbox=sandbox,
        secret=secret,
        acts=acts,
    )
    error = error_type(
        message,
        status=status,
        code=code,
        operation=operation.id,
        request_id=read_request_id(headers),
        rate_limit=rate_limit,
        retry_after=wait,
        may_have_applied=is_write(operation) and _may_have_applied(status, code),
        body=body,
        hint=hint_for(refused),
        details=_details(fields),
    )
    if isinstance(error, MissingScope):
        error.required_scopes = scopes_for(operation, secret=secret)
    return error


def _details(fields: dict[str, Any]) -> Any:
    """Return what a refusal says beyond code and texts; a mapping without a value says nothing."""
    found = [fields.get("details"), fields.get("data")]
    for details in found:
        if isinstance(details, dict):
            if any(value is not None for value in cast("dict[str, Any]", details).values()):
                return cast("dict[str, Any]", details)
        elif details and not isinstance(details, str):
            return details
    return fields.get("details") if isinstance(fields.get("details"), str) else None


def judge_success(
    operation: Operation, expected: Any, status: int, headers: Mapping[str, str], body: bytes
) -> APIError | None:
    """Return the error that a success stands for if its body is a refusal's, else None.

    Args:
        operation: what was asked for.
        expected: the type of a real success, which may have members of these names.
        status: the HTTP status, 200 to 299.
        headers: the response's headers.
        body: the response's body.
    """
    fields = _error_fields(body)
    code, message = _code(fields.get("code")), fields.get("message")
    kinds = (expected, *get_args(expected))
    declared = [getattr(kind, "__struct_encode_fields__", ()) for kind in kinds]
    if (
        not code
        or not isinstance(message, str)
        or fields.keys() - _REFUSAL_FIELDS
        or any({"code", "message"} <= {*names} for names in declared)
    ):
        return None
    return APIError(
        _message(fields, status, headers, body),
        status=status,
        code=code,
        operation=operation.id,
        request_id=read_request_id(headers),
        may_have_applied=is_write(operation),
        body=body,
        hint="the status is a success's, and the body a refusal's",
        details=_details(fields),
    )


def read_request_id(headers: Mapping[str, str]) -> str | None:
    """Return Pinterest's id of a request, fit to be shown; None where there is none."""
    value = headers.get("x-pinterest-rid")
    if value is None or (value.isalnum() and len(value) <= _SHOWN):
        return value
    return _shown(value)


def _shown(text: str) -> str:
    """Return a header's text short, and without bytes that were no characters."""
    return text[:_SHOWN].encode("ascii", "replace").decode()


def _path_segment(name: str, value: str) -> str:
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequest(f"{name} must be a string, not {type(value).__name__}")
    if value.isascii() and value.isalnum():
        return value
    if not value.strip():
        raise InvalidRequest(f"{name} is empty")
    if value in (".", ".."):
        # Servers and proxies take these, also when percent-encoded, for steps in the path.
        raise InvalidRequest(f"{name} must not be {value!r}")
    return _quoted(name, value)


def _query_text(name: str, value: object) -> str:
    if isinstance(value, str):
        # A comma stays as it is: some parameters are lists joined with it.
        return value if value.isascii() and value.isalnum() else _quoted(name, value, safe=",")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidRequest(f"{name} must be a finite number")
        return quote(repr(value), safe="")
    if isinstance(value, date):
        return quote(value.isoformat(), safe="")
    raise InvalidRequest(f"{name}: a {type(value).__name__} cannot be sent in a query")


def _quoted(name: str, value: str, safe: str = "") -> str:
    try:
        return quote(value, safe=safe)
    except UnicodeEncodeError:
        raise InvalidRequest(f"{name} holds characters that are not Unicode text") from None


def _error_fields(body: bytes) -> dict[str, Any]:
    try:
        return _decode_object(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _code(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def _message(fields: dict[str, Any], status: int, headers: Mapping[str, str], body: bytes) -> str:
    texts: list[str] = []
    for name in ("message", "error_description", "message_detail", "data", "error"):
        value = fields.get(name)
        text = " ".join(value.split()) if isinstance(value, str) else ""
        if text and not (texts and name == "error") and not any(text in said for said in texts):
            texts.append(text)
    if texts:
        text = _TOKEN.sub("<token>", ": ".join(texts))
        return text if len(text) <= _MESSAGE_LENGTH else f"{text[:_MESSAGE_LENGTH]}…"
    if 300 <= status < 400:
        return "the server answered with a redirect, which is never followed; check base_url"
    if not body:
        return "no message: the response is empty"
    kind = _shown(headers.get("content-type", "no content type").partition(";")[0])
    return f"no message: the response is {len(body)} bytes of {kind}"


def _error_type(
    status: int, code: int | None, message: str, fields: dict[str, Any], body: bytes
) -> type[APIError]:
    lowered = message.lower()
    if status == 429:
        return _error_type_of_429(message, fields)
    # Code 3 also refuses apps that are not approved, whatever their token's scopes.
    if status == 401 and code == 3:
        return AppNotApproved if any(word in lowered for word in _NOT_APPROVED) else MissingScope
    if status == 403:
        # Where exactly the response holds this word is not documented.
        if b"PINNER_DATA_ACCESS_DENIED" in body:
            return DataAccessDenied
        if "trial" in lowered and (code == 29 or "access" in lowered):
            return TrialAccessError
    if status >= 500:
        return ServerError
    return _BY_STATUS.get(status, APIError)


def _error_type_of_429(message: str, fields: dict[str, Any]) -> type[APIError]:
    told = f"{fields.get('message_detail')} {message}".lower()
    if "blocked this link" in told:
        return LinkBlocked
    return SpamBlocked if "spam" in told else RateLimited


def _may_have_applied(status: int, code: int | None) -> bool:
    # Pins were seen to exist after a 400 with code 2787.
    return status >= 500 or (status == 400 and code == 2787)


def _retry_after(
    status: int,
    headers: Mapping[str, str],
    message: str,
    rate_limit: RateLimit | None,
    now: float,
) -> float | None:
    header = headers.get("retry-after", "").strip()
    if header:
        seconds = _seconds_or_date(header, now)
        if seconds is not None:
            return seconds
    if status == 429 and rate_limit is not None and rate_limit.reset is not None:
        return max(0.0, rate_limit.reset)
    if status in (400, 429) and (match := _RETRY_AFTER.search(message)):
        return seconds_told(float(match[1]) * (60.0 if match[2] else 1.0), now)
    return None


def _seconds_or_date(text: str, now: float) -> float | None:
    try:
        return seconds_told(float(text), now)
    except ValueError:
        from email.utils import parsedate_to_datetime

        try:
            return seconds_told(max(parsedate_to_datetime(text).timestamp() - now, 0.0), now)
        except (ValueError, OverflowError):
            return None
