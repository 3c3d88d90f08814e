"""The storage that files are uploaded to: a form posted straight to S3, as the real API has it.

It knows nothing of tokens. A form is good when it brings exactly the fields that were handed out,
unchanged and before the file, and no `Authorization` beside its signature. What S3 says to others
is what Amazon documents: "POST Object", "Error responses".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import BodyPartReader, web

from pinterest_async.emulator.hosts.downloads import refused

if TYPE_CHECKING:
    from pinterest_async.emulator.state.clock import Clock
    from pinterest_async.emulator.state.files import Form, Forms

_FIELD_MAX = 20_000
_SIGNED = "x-amz-signature"
_POLICY_FIELDS = frozenset({"x-amz-date", "x-amz-algorithm", "x-amz-credential", "content-type"})


class _Error(Exception):
    """Ends an upload as S3 does."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)


async def respond(request: web.BaseRequest, forms: Forms, clock: Clock) -> web.StreamResponse:
    """Take a form with a file in it: 204 without a body, or S3's XML.

    Args:
        request: which brings it.
        forms: those that were handed out.
        clock: the time.
    """
    try:
        await _receive(request, forms, clock)
    except _Error as error:
        return refused(*error.args)
    return web.Response(status=204)


async def _receive(request: web.BaseRequest, forms: Forms, clock: Clock) -> None:
    if request.method != "POST":
        raise _Error(405, "MethodNotAllowed", "The specified method is not allowed.")
    if "Authorization" in request.headers:
        raise _Error(400, "InvalidArgument", "Only one auth mechanism allowed.")
    if request.content_length is None:
        raise _Error(411, "MissingContentLength", "You must provide Content-Length.")
    if request.content_type != "multipart/form-data":
        raise _Error(
            412,
            "PreconditionFailed",
            "Bucket POST must be of the enclosure-type multipart/form-data",
        )
    fields, size = await _read(request)
    form = _checked(fields, forms, clock)
    if size is None:
        raise _Error(
            400,
            "IncorrectNumberOfFilesInPostRequest",
            "POST requires exactly one file upload per request.",
        )
    form.size = size
    form.received_at = clock()


def _checked(fields: dict[str, str], forms: Forms, clock: Clock) -> Form:
    """The form that these fields are of."""
    for name in ("key", "policy"):
        if name not in fields:
            raise _Error(
                400,
                "InvalidArgument",
                f"Bucket POST must contain a field named '{name}'. "
                "If it is specified, please check the order of the fields.",
            )
    form = forms.get(fields["key"])
    if form is None:
        raise _broken_policy('["eq", "$key", ...]')
    if clock() >= form.expires_at:
        raise _Error(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
    wanted = {name.lower(): value for name, value in form.parameters.items()}
    if fields.get("x-amz-security-token") != wanted["x-amz-security-token"]:
        raise _Error(400, "InvalidToken", "The provided token is malformed or invalid.")
    if any(fields.get(name) != wanted[name] for name in (_SIGNED, "policy")):
        raise _Error(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        )
    for name in sorted(_POLICY_FIELDS):
        if fields.get(name) != wanted[name]:
            raise _broken_policy(f'["eq", "${name}", "{wanted[name]}"]')
    if extra := fields.keys() - wanted.keys():
        raise _Error(
            403,
            "AccessDenied",
            f"Invalid according to Policy: Extra input fields: {', '.join(sorted(extra))}",
        )
    return form


async def _read(request: web.BaseRequest) -> tuple[dict[str, str], int | None]:
    """The fields before the file, by lower-case name, and the file's size; None without one.

    What comes after the file is not looked at, as with S3.
    """
    fields: dict[str, str] = {}
    size: int | None = None
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or size is not None:
                continue
            if part.name == "file":
                size = 0
                while chunk := await part.read_chunk(2**16):
                    size += len(chunk)
            elif part.name:
                value = await part.read_chunk(_FIELD_MAX)
                fields[part.name.lower()] = value.decode("utf-8", "replace")
    except ValueError as error:
        raise _Error(
            400,
            "MalformedPOSTRequest",
            "The body of your POST request is not well-formed multipart/form-data.",
        ) from error
    return fields, size


def _broken_policy(condition: str) -> _Error:
    return _Error(
        403, "AccessDenied", f"Invalid according to Policy: Policy Condition failed: {condition}"
    )
