"""Has `pinterestsdk` read responses that were kept in a file, and prints those that it refuses.

Run by `tests/emulator/test_peers.py`, in an environment that has that package and nothing of ours.
The file holds a line of JSON for each response: operation id, status, body.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import sys
from pathlib import Path

sdk = importlib.import_module("pinterestsdk")
apis = importlib.import_module("pinterestsdk.api")
client = sdk.ApiClient(sdk.Configuration(host="http://127.0.0.1:9"))

TYPE = re.compile(r"'(\w{3})': (?:\"([^\"]+)\"|None)")

types: dict[str, dict[str, str]] = {}
for found in pkgutil.iter_modules(apis.__path__):
    module = importlib.import_module(f"pinterestsdk.api.{found.name}")
    for _, api in inspect.getmembers(module, inspect.isclass):
        if api.__module__ != module.__name__:
            continue
        for name, method in inspect.getmembers(api, inspect.isfunction):
            if not name.startswith("_") and not name.endswith(
                ("_with_http_info", "_without_preload_content")
            ):
                source = inspect.getsource(method).partition("_response_types_map")[2]
                types[name] = dict(TYPE.findall(source.partition("}")[0]))

refused: dict[str, str] = {}
parsed: set[str] = set()
for line in Path(sys.argv[1]).read_text("utf-8").splitlines():
    operation, status, body = json.loads(line)
    known = types.get(operation.replace("/", "_"))
    if known is None or not body:
        continue
    kind = known.get(str(status)) or known.get(f"{str(status)[0]}XX") or known.get("default")
    if not kind:
        continue
    try:
        client.deserialize(body, kind, "application/json")
    except Exception as error:  # noqa: BLE001 - whatever it is, it could not be read
        refused[f"{operation} {status}"] = f"{type(error).__name__}: {error}"[:600]
    else:
        parsed.add(operation)

told = {"known": len(types), "parsed": sorted(parsed), "refused": refused}
sys.stdout.write(json.dumps(told))
