"""Where descriptions of the API lie: beside the project, or where PINTEREST_DESCRIPTION says."""

from __future__ import annotations

import os
from pathlib import Path

from codegen.override_tables import VERSION

_BESIDE = f"../shared/openapi/pinterest-{VERSION}-corrected.json"
GENERATED_FROM = (
    Path(__file__).resolve().parents[2] / os.environ.get("PINTEREST_DESCRIPTION", _BESIDE)
).resolve()
"""The description that the generated code is made from."""
OFFICIAL = GENERATED_FROM.with_name("pinterest-5.23.0.json")
"""The description 5.23.0 as Pinterest published it."""
