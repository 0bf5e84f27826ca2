"""Names of temporary files: drawn at random, but the same in a recording and in its replays.

A restored variable has the name that was drawn when it was recorded; what the replay writes has to have that name too.
"""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

from .after_import import AfterImport


def watch_tempfile(after: AfterImport, seed: str) -> None:
    after.watch("tempfile", lambda module: _draw_from(module, seed))


def _draw_from(module: ModuleType, seed: str) -> None:
    if not hasattr(module, "_Random"):
        return
    process, source = os.getpid(), module._Random

    def drawn(*arguments: Any) -> Any:
        # Children that are forked would all draw the same names.
        is_ours = not arguments and os.getpid() == process
        return source(f"florpy {seed}") if is_ours else source(*arguments)

    module._Random = drawn  # type: ignore[attr-defined]
    module._name_sequence = None  # type: ignore[attr-defined]
