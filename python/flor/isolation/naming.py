"""How errors name paths: as the script wrote them, never as they lie in the replay's folder."""

from __future__ import annotations

import os
from typing import Any


def is_path(value: Any) -> bool:
    """Whether a function that takes a path takes this as one; a descriptor is none."""
    return isinstance(value, (str, bytes)) or hasattr(type(value), "__fspath__")


class Naming:
    """An OSError that leaves this block names the paths that it was made with."""

    __slots__ = ("_first", "_second")

    def __init__(self, first: Any, second: Any = None) -> None:
        self._first, self._second = first, second

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, OSError) or error.errno is None:
            return
        error.filename = os.fspath(self._first)
        if self._second is not None:
            error.filename2 = os.fspath(self._second)
