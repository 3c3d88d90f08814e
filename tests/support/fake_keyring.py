"""A keyring for tests."""

from __future__ import annotations

import keyring.backend
import keyring.errors


class FakeKeyring(keyring.backend.KeyringBackend):
    """A keyring in memory that refuses on demand."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        """Return an entry."""
        self._check()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep an entry."""
        self._check()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget an entry."""
        self._check()
        del self.entries[service, username]

    def _check(self) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("pina_first")
