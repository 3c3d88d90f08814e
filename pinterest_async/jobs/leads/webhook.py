"""Leads that Pinterest sends to a webhook: shown to be Pinterest's, and decrypted."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pinterest_async.errors import ConfigurationError, PinterestError

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY: Final = 32
_NONCES: Final = (12, 16)
"""Bytes of the nonce: what NIST SP 800-38D recommends, and what some libraries take instead."""
_TAG: Final = 16


class LeadsRefused(PinterestError, ValueError):
    """A delivery that was not made with the key of the subscription, or was changed on its way."""


def decrypt_leads(delivery: bytes | str, key: str) -> list[dict[str, Any]]:
    """Return the leads of a delivery to a webhook, if it is one of Pinterest's.

        leads = decrypt_leads(await request.read(), subscription.cryptographic_key)

    Deliveries carry no token and no signature. What shows that they are Pinterest's is AES-256-GCM
    itself: without the key of the subscription nobody can make one that decrypts. It does not show
    that a delivery is a new one: Pinterest sends one again after a 429 or 5xx, and anybody who has
    seen it can. Each lead has a `lead_id` to tell by.

    Needs the extra `leads`.

    Args:
        delivery: the body of the request: Base64, or the bytes themselves, of nonce, ciphertext and
            tag. How Pinterest puts these together is not published; this is what is usual.
        key: `cryptographic_key` of the subscription: Base64 of 32 bytes.

    Raises:
        LeadsRefused: it was not made with this key, or is no list of leads. Answer it with 400:
            Pinterest does not send it again.
        ConfigurationError: the key is none, or the extra `leads` is not installed.
    """
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise ConfigurationError(
            "leads cannot be decrypted without a library: pip install 'pinterest-async[leads]'"
        ) from None
    cipher = AESGCM(_decoded_key(key))
    for sealed in _forms(delivery):
        for nonce in _NONCES:
            if len(sealed) < nonce + _TAG:
                continue
            try:
                opened = cipher.decrypt(sealed[:nonce], sealed[nonce:], None)
            except InvalidTag:
                continue
            return _leads(opened)
    raise LeadsRefused("the delivery was not made with the key of this subscription")


def _decoded_key(key: str) -> bytes:
    try:
        decoded = b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) != _KEY:
        raise ConfigurationError(
            "the key must be the cryptographic_key of the subscription: Base64 of 32 bytes"
        )
    return decoded


def _forms(delivery: bytes | str) -> Iterator[bytes]:
    """What the delivery may be: the bytes that Base64 stands for, or bytes."""
    raw = delivery.encode("utf-8", "replace") if isinstance(delivery, str) else delivery
    text = raw.strip().strip(b'"').translate(bytes.maketrans(b"-_", b"+/"))
    try:
        yield b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        yield raw


def _leads(opened: bytes) -> list[dict[str, Any]]:
    try:
        found: Any = msgspec.json.decode(opened)
        if isinstance(found, dict):
            found = [found]
        return msgspec.convert(found, list[dict[str, Any]])
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The text of the error may repeat what is in there.
        raise LeadsRefused("the delivery holds no list of leads in JSON") from None
