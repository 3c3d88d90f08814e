"""What lies on the host of files: forms for uploads, objects that are put there, finished files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinterest_async.emulator.state.clock import wire_time

if TYPE_CHECKING:
    from random import Random

    from pinterest_async.emulator.state.clock import Clock

FORMS_PATH = "/media-upload"
"""Where forms are posted to."""
OBJECTS_PATH = "/objects"
"""Where single objects are put."""
DOWNLOADS_PATH = "/downloads"
"""Where finished files are."""

FORM_LIFE = 3600.0
"""Seconds that a form can be used for. A guess: the real policy says so only in itself."""
SLOT_LIFE = 3600
"""Seconds that an address is good for. A guess: no description says it."""
LINK_LIFE = 300
"""Seconds that a link is good for. Pinterest: page of the report operations."""


@dataclass(slots=True)
class Form:
    """A form that was handed out, and what has come of it."""

    parameters: dict[str, str] = field(repr=False)
    expires_at: float
    received_at: float | None = None
    size: int = 0
    """Bytes of the file."""


class Forms:
    """Hands out forms.

    Args:
        clock: the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._forms: dict[str, Form] = {}

    def get(self, key: str) -> Form | None:
        """The form for this object; None where none was handed out."""
        return self._forms.get(key)

    def hand_out(self, key: str, random: Random) -> Form:
        """A form to upload the object `key` with; `random` is where its secrets come from."""
        stamp = wire_time(self._clock()).replace("-", "").replace(":", "") + "Z"
        secret = f"{random.getrandbits(256):064x}"
        parameters = {
            "x-amz-date": stamp,
            "x-amz-signature": secret,
            "x-amz-security-token": secret[::-1] + "+/==",
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "key": key,
            "policy": "eyJleHBpcmF0aW9uIjoi" + secret[:20] + "==",
            "x-amz-credential": f"AKIAEXAMPLE/{stamp[:8]}/us-east-1/s3/aws4_request",
            "Content-Type": "multipart/form-data",
        }
        form = self._forms[key] = Form(parameters, self._clock() + FORM_LIFE)
        return form


@dataclass
class Slot:
    """An address, and what has been put there."""

    url: str
    signature: str
    expires_at: float
    content: bytes | None = None


class Slots:
    """Hands out presigned addresses that one object each is put to.

    Args:
        clock: the time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slots: dict[str, Slot] = {}

    def get(self, name: str) -> Slot | None:
        """The address of this object; None where none was handed out."""
        return self._slots.get(name)

    def hand_out(self, origin: str, name: str, random: Random) -> Slot:
        """A fresh address.

        Args:
            origin: of the host of files.
            name: of the object; unlike any other.
            random: where the signature comes from.
        """
        signature = f"{random.getrandbits(256):064x}"
        query = f"X-Amz-Expires={SLOT_LIFE}&X-Amz-Signature={signature}"
        slot = Slot(f"{origin}{OBJECTS_PATH}/{name}?{query}", signature, self._clock() + SLOT_LIFE)
        self._slots[name] = slot
        return slot


@dataclass(frozen=True)
class File:
    """What a link gives."""

    name: str
    content: bytes
    content_type: str


@dataclass
class FileStore:
    """The finished files of one host of the API."""

    seed: int
    clock: Clock
    files: dict[str, File] = field(default_factory=dict[str, File])

    def link(self, origin: str, file: File) -> str:
        """A fresh link to a file on the host of files, which has this origin."""
        self.files[file.name] = file
        expires = int(self.clock()) + LINK_LIFE
        signature = link_signature(self.seed, file.name, expires)
        query = f"X-Amz-Expires={LINK_LIFE}&expires={expires}&X-Amz-Signature={signature}"
        return f"{origin}{DOWNLOADS_PATH}/{file.name}?{query}"


def link_signature(seed: int, name: str, expires: int) -> str:
    """What proves that a link was handed out here."""
    return hashlib.blake2b(f"{seed} {name} {expires}".encode(), digest_size=16).hexdigest()
