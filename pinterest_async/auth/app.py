"""An app's id and secret."""

from __future__ import annotations

from base64 import b64encode

from pinterest_async._secret import Secret, hidden
from pinterest_async.errors import ConfigurationError


class App:
    """An app's id and secret, as its page at developers.pinterest.com shows them.

    Raises:
        ConfigurationError: one of them is empty.
    """

    __slots__ = ("_secret", "id")

    def __init__(self, id: str, secret: str) -> None:
        secret = hidden(secret)
        if not id or not secret:
            raise ConfigurationError(
                f"{type(self).__name__}: both the app's id and its secret are needed"
            )
        self.id: str = id
        self._secret = secret

    @property
    def basic(self) -> str:
        """The value of the `Authorization` header for what the app itself may do."""
        return Secret("Basic " + b64encode(f"{self.id}:{self._secret}".encode()).decode("ascii"))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r}, <secret>)"
