"""What an ad account does as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_async.emulator.http.call import ApiCall, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def clear_sandbox(call: ApiCall) -> Reply:
    """Delete every ad of a sandbox account."""
    ad_account_id = call.path["ad_account_id"]
    call.account.stores.clear([ad_account_id])
    return Reply.json(f"Deleted the ads of {ad_account_id}")


HANDLERS: Mapping[str, Callable[[ApiCall], Reply]] = {
    "sandbox/delete": clear_sandbox,
}
