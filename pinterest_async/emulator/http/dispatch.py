"""Who answers an operation: the handler in the module of its resource, else the collection."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from pinterest_async.emulator import handlers
from pinterest_async.emulator.handlers import collection
from pinterest_async.emulator.http.call import MeasuredRefusal
from pinterest_async.emulator.schema import validation
from pinterest_async.emulator.schema.errors import Refusal, documented
from pinterest_async.emulator.state.entity_types import BY_OPERATION
from pinterest_async.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinterest_async.emulator.http.call import ApiCall, Handler, Handlers, Reply


def merged(
    tables: Iterable[Handlers],
    wanted: Iterable[str],
    generic: Iterable[str] = (),
) -> dict[str, Handler]:
    """The tables of handlers as one.

    Args:
        tables: of handlers, by operation.
        wanted: the operations that there are.
        generic: the operations that `collection` answers where no table has a handler.

    Raises:
        RuntimeError: an operation has two handlers or none, or does not exist.
    """
    found: dict[str, Handler] = {}
    for table in tables:
        if twice := found.keys() & table.keys():
            raise RuntimeError(f"two handlers: {', '.join(sorted(twice))}")
        found.update(table)
    found = {**dict.fromkeys(generic, collection.answer), **found}
    if odd := found.keys() ^ set(wanted):
        raise RuntimeError(f"no handler, or no such operation: {', '.join(sorted(odd))}")
    return found


def _tables() -> Iterable[Handlers]:
    """The tables of all modules of handlers; what helps them has none."""
    for module in pkgutil.iter_modules(handlers.__path__, f"{handlers.__name__}."):
        yield getattr(import_module(module.name), "HANDLERS", {})


HANDLERS: Handlers = merged(_tables(), OPERATIONS, BY_OPERATION)


def answer(call: ApiCall) -> Reply:
    """The response to a call that has been let in.

    Raises:
        Refusal: whatever is wrong with it.
    """
    try:
        call.world.jobs.settle(call.world.clock())
        validation.validate(call)
        collection.check_path(call)
        return HANDLERS[call.operation.id](call)
    except MeasuredRefusal:
        raise
    except Refusal as refusal:
        raise documented(call.operation, refusal) from None
