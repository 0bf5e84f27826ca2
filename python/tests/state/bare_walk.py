"""The state of some named objects, and nothing else: no process, no frames, no project."""

from __future__ import annotations

from typing import Any

from flor.state.describe import describer_of
from flor.state.frozen import FrozenItems
from flor.state.walk import Walk


class _NoProject:
    def owns_module(self, name: str | None) -> bool:
        return False

    def function_key(self, function: Any) -> tuple[Any, ...]:
        return (function.__qualname__,)

    def added_cells(self, code: Any) -> frozenset[str]:
        return frozenset()


def walked(**names: Any) -> Walk:
    walk = Walk(_NoProject(), describer_of, FrozenItems())
    walk.scope("module", names)
    walk.run()
    return walk
