"""Finds the checkpoint that is to be restored, and restores it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import _flor

from ..runtime.recorded_state import Damaged, RecordedState
from ..state.build import Unrestorable
from ..state.frozen import FrozenItems
from . import named, runs
from .places import Block, Place, Saved

_HINT = "build the objects as they were when they were saved, or restore another run: `restore(run=…)`"


class Search:
    """The checkpoints of a block. `damages` says what was found not to be intact, `others` which blocks were met besides."""

    def __init__(self, block: Block, run: str | None) -> None:
        self._block, self._run = block, run
        self.damages: list[str] = []
        self.others: set[tuple[str, ...]] = set()

    def states(self) -> Iterator[tuple[Saved, RecordedState]]:
        """The newest first, of the newest run first. Each is to be used before the next one is asked for."""
        _settle()
        for name in runs.candidates(self._run):
            runs.check_trust(name)
            try:
                reader = runs.Reader(name)
                manifests, damages = dict(reader.checkpoints()), reader.damages()
            except (OSError, RuntimeError, ValueError) as error:
                self.damages.append(str(error))
                continue
            for number in sorted({*manifests, *damages}, reverse=True):
                if number in damages:
                    self.damages.append(damages[number])
                    continue
                state = RecordedState(reader, number, manifests[number])
                place = self._place(state)
                if place is not None and place.block == self._block:
                    yield Saved(name, number, place.step, place.loops), state

    def _place(self, state: RecordedState) -> Place | None:
        """Where a checkpoint was taken; None of one that is no use."""
        try:
            place = named.place_of(state.graph)
        except (Damaged, ValueError) as error:
            self.damages.append(str(error))
            return None
        if place is not None and place.block != self._block:
            self.others.add(place.block.names)
        return place


def checkpoints(block: Block, run: str | None) -> list[Saved]:
    """Those of the newest run that has any."""
    found: list[Saved] = []
    for saved, _ in Search(block, run).states():
        if found and saved.run != found[0].run:
            break
        found.append(saved)
    return found


def restore(objects: dict[str, Any], block: Block, run: str | None, step: int | None) -> Saved:
    """Puts the newest intact checkpoint of the block, or that of `step`, into the objects."""
    search = Search(block, run)
    other_steps: list[Saved] = []
    live = named.take(objects, None, FrozenItems(_flor.same_items))
    for saved, state in search.states():
        if step is not None and other_steps and saved.run != other_steps[0].run:
            break
        if step is not None and saved.step != step:
            other_steps.append(saved)
            continue
        try:
            _put(state, live)
        except Damaged as error:
            search.damages.append(str(error))
            if step is None:
                continue
            break
        if search.damages:
            passed_over = "; ".join(search.damages)
            warnings.warn(f"flor: restored step {saved.step} of {saved.run}, since {passed_over}", RuntimeWarning, stacklevel=3)
        return saved
    raise LookupError(_nothing(search, run, step, other_steps))


def _put(state: RecordedState, live: Any) -> None:
    try:
        restoration = named.Restoration(state, live)
        restoration.prepare()
    except Damaged:
        raise
    except Unrestorable as error:
        raise ValueError(f"flor: nothing was restored: {error}\n\nhint: {_HINT}") from error
    except Exception as error:  # what a library says of memory that it cannot make here
        raise ValueError(f"flor: nothing was restored: {type(error).__name__}: {error}\n\nhint: {_HINT}") from error
    try:
        restoration.load()
    except Damaged:
        raise  # every byte is verified before the first is written
    except Exception as error:
        raise RuntimeError(f"flor: restoring failed half-way, and the objects are in no usable state: {error}") from error


def _nothing(search: Search, run: str | None, step: int | None, other_steps: list[Saved]) -> str:
    """What to say where no checkpoint could be restored."""
    where = f"in the run `{run}`" if run is not None else f"of this script with these arguments in `{runs.store()}`"
    if search.damages:
        damages = "; ".join(search.damages)
        return f"flor: no checkpoint of these objects is intact {where}: {damages}\n\nhint: `run=` names another run"
    if other_steps:
        steps = ", ".join(str(saved.step) for saved in reversed(other_steps))
        return f"flor: no checkpoint after step {step} {where}\n\nhint: {other_steps[0].run} has some after {steps}"
    there = " and ".join(f"({', '.join(names)})" for names in sorted(search.others))
    hint = f"there are some of {there}, or of another block" if there else "they are taken where an iteration of `flor.loop` ends"
    return f"flor: no checkpoint of these objects {where}\n\nhint: {hint}; `run=` names another run"


def _settle() -> None:
    """Until the writer has written what was taken in this process."""
    if hasattr(_flor, "drain"):
        _flor.drain()
