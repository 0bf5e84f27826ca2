"""`flor.checkpointing`: the block of a script in which checkpoints are taken, and what it can restore."""

from __future__ import annotations

import math
import sys
import threading
from collections import Counter
from types import TracebackType
from typing import Any

from ..logged import loops, opening
from . import restoring
from .places import Block, Position, Saved, positions
from .sites import line_of
from .taking import Taker

DEFAULT_OVERHEAD = 1 / 15
# What no object of these types can be is another value.
_UNCHANGING = (type(None), bool, int, float, complex, str, bytes, tuple, frozenset, type)

# How many blocks of the same names, inside the same iterations, this process has entered.
_entered: Counter[tuple[tuple[str, ...], tuple[Position, ...]]] = Counter()


def checkpointing(*, overhead: float | None = DEFAULT_OVERHEAD, **objects: Any) -> Checkpointing:
    """A block in which checkpoints of these objects are taken in the background, where iterations of `flor.loop` end.

    `overhead` is the share of the run's time that they may cost, None without a limit. Raises TypeError where an object cannot be
    changed in place, and ValueError where there is none or the overhead is negative.
    """
    return Checkpointing(objects, overhead)


class Checkpointing:
    """What `flor.checkpointing` gives: a block to enter once, and what was saved in earlier ones."""

    def __init__(self, objects: dict[str, Any], overhead: float | None) -> None:
        if not objects:
            raise ValueError("flor.checkpointing: no objects\n\nhint: `flor.checkpointing(model=model, optimizer=optimizer)`")
        if overhead is not None and not overhead >= 0:
            raise ValueError(f"flor.checkpointing: the overhead is no share of the time: {overhead}\n\nhint: 1/15, or None")
        for name, value in objects.items():
            if isinstance(value, _UNCHANGING):
                kind = type(value).__name__
                raise TypeError(f"flor.checkpointing: `{name}` cannot be changed in place: {kind}\n\nhint: put it into a dict")
        self._objects = objects
        self._overhead = None if overhead == math.inf else overhead
        self._block: Block | None = None

    def __enter__(self) -> Checkpointing:
        if self._block is not None or loops.watcher is not None:
            raise RuntimeError("flor.checkpointing: a block inside of a block, or entered twice\n\nhint: name all objects in one")
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("flor.checkpointing: checkpoints are taken in the main thread only\n\nhint: enter the block there")
        self._block = self._entered()
        if opening.hosted() is None:
            loops.watcher = Taker(self._objects, self._overhead, self._block, line_of(sys._getframe(1)))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        taker, loops.watcher = loops.watcher, None
        if isinstance(taker, Taker):
            taker.end(is_whole=kind is None)

    def restore(self, run: str | None = None, step: int | None = None) -> Saved:
        """Puts a checkpoint into the objects, in place and bit for bit: the newest intact one, or that after `step` iterations.

        `run` is the name of another run than the newest of this script with these arguments, a unique beginning of it, or
        "latest". Raises LookupError where there is none, and ValueError where an object does not match; then nothing was written.
        """
        saved = restoring.restore(self._objects, self._known_block(), run, step)
        if isinstance(loops.watcher, Taker):
            loops.watcher.go_on_from(saved.step)
        return saved

    def checkpoints(self, run: str | None = None) -> list[Saved]:
        """What `restore` can restore, the newest first: of that run, or of the newest that has any. Not all may be intact."""
        return restoring.checkpoints(self._known_block(), run)

    def _known_block(self) -> Block:
        if self._block is None:
            raise RuntimeError("flor.checkpointing: the block was not entered\n\nhint: `with flor.checkpointing(…) as saved:`")
        return self._block

    def _entered(self) -> Block:
        names, around = tuple(sorted(self._objects)), positions(loops.open_loops)
        # In a notebook the same cell is the same block, however often it is run.
        is_script = hasattr(sys.modules.get("__main__"), "__file__")
        count = _entered[names, around] if is_script else 0
        _entered[names, around] += 1
        return Block(names, around, count)
