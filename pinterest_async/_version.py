"""The version, where every module may read it."""

from typing import Final

__version__: Final = "0.1.0"
