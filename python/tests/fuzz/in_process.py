"""One random program inside this process: run, recorded, replayed as edited; and what was restored on the way."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import random
import shutil
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flor.runtime.replaying import Plan

from ..memory_core import MemoryCore
from ..simulation import Edit, Outcome, plain_with_error, record, replay
from .counts import Counts
from .program import Program

# Of a program: how many of its checkpoints are begun at.
SEGMENTS = 2
LIBRARY = Path(__file__).resolve().parent / "library"


@dataclass(frozen=True)
class Choices:
    """Which loops are checkpointed, restored and executed, in percent; the first of these is the simplest."""

    left_out: int = 0  # executions that are not checkpointed
    hidden: int = 0  # checkpoints that the replay does not know
    must_run: int = 0  # sites that are executed although nobody looks into them
    executed_from: int = 0  # the share of checkpoints at the end that is not restored
    boundaries: int = 0  # places between iterations that are checkpointed
    seed: int = 0


class Failure(AssertionError):
    """What was printed is not what it should be."""

    def __init__(self, what: str, program: Program, expected: str, found: str) -> None:
        super().__init__(what)
        self.what, self.program, self.expected, self.found = what, program, expected, found

    def describe(self) -> str:
        parts = [self.what, "--- recorded program", self.program.recorded, "--- edited program", self.program.edited]
        return "\n".join([*parts, "--- expected", self.expected, "--- found", self.found])


class _Chosen(MemoryCore):
    """Takes and shows only some of the checkpoints."""

    def __init__(self, choices: Choices) -> None:
        super().__init__()
        self._choices, self._random = choices, random.Random(choices.seed)
        self.hides: frozenset[int] = frozenset()

    def consider(self, site: int, seconds: float) -> bool:
        return self._random.randrange(100) >= self._choices.left_out

    def consider_boundary(self, site: int, uncovered_seconds: float, checkpoints: int) -> float:
        self.at_boundaries = self._random.randrange(100) < self._choices.boundaries
        wait_seconds = super().consider_boundary(site, uncovered_seconds, checkpoints)
        return 0.0 if wait_seconds > 0 and self._choices.boundaries else wait_seconds

    def checkpoints(self) -> list[tuple[int, dict[str, Any]]]:
        return [(number, header) for number, header in super().checkpoints() if number not in self.hides]


class _Opened:
    """Files that were opened for writing in the folder of the programs, counted by an audit hook."""

    def __init__(self) -> None:
        self.count = 0
        self._last = ""
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "os.remove" or (event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")):
            self.count += 1
            self._last = str(arguments[0])

    def last(self) -> str:
        return self._last


class InProcess:
    """Checks programs in a folder of its own."""

    _opened: _Opened | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        if InProcess._opened is None:  # an audit hook stays
            InProcess._opened = _Opened()
            sys.path.append(str(LIBRARY))
            gc.freeze()

    def check(self, program: Program, choices: Choices) -> Counts:
        """Raises `Failure`; else how much was restored, executed and compared.

        The collector runs between programs, never inside them, and looks at what is new only.
        """
        gc.disable()
        try:
            return self._checked(program, choices)
        except Failure:
            raise
        except Exception as error:
            raise Failure(f"{type(error).__name__} in florpy", program, "", traceback.format_exc()) from error
        finally:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                gc.collect()
            gc.freeze()
            gc.enable()

    def _checked(self, program: Program, choices: Choices) -> Counts:
        with self._fresh():
            expected = plain_with_error(program.recorded)
        with self._fresh():
            recorded = record(program.recorded, core=_Chosen(choices), writes=self._opened, may_fail=True)
        self._hold("record", program, expected, recorded)
        with self._fresh():
            expected = plain_with_error(program.edited)
        counts = Counts(programs=1, checkpoints=len(recorded.core.taken))
        with self._fresh():
            edit = Edit(program.recorded, program.edited, recorded)
        for plan in self._plans(recorded, choices):
            replayed = self._replayed(program, recorded, plan, edit)
            self._hold(f"replay {plan}", program, expected, replayed)
            self._hold_divergences(program, f"with {plan}", replayed)
            counts.add(replayed)
        for replayed in self._segments(program, recorded, edit, choices):
            counts.add(replayed)
        return counts

    def _segments(self, program: Program, recorded: Outcome, edit: Edit, choices: Choices) -> Iterator[Outcome]:
        """From some checkpoints to the end, as workers do it that begin there."""
        if not choices.boundaries or not recorded.core.taken:
            return
        recorded.core.hides = frozenset()
        whole = self._replayed(program, recorded, Plan(restore_until=0), edit)
        self._hold_divergences(program, "executed", whole)
        chance = random.Random(choices.seed)
        for begin in chance.sample(sorted(whole.printed_before), min(SEGMENTS, len(whole.printed_before))):
            segment = self._replayed(program, recorded, Plan(restores_slow_ones=True), edit, begin)
            self._hold(f"from checkpoint {begin}", program, (whole.text[whole.printed_before[begin] :], whole.error), segment)
            self._hold_divergences(program, f"from checkpoint {begin}", segment)
            yield segment

    def _replayed(self, program: Program, recorded: Outcome, plan: Plan, edit: Edit, begin: int | None = None) -> Outcome:
        with self._fresh():
            return replay(program.recorded, recorded, plan, edit=edit, may_fail=True, begin=begin, as_in_a_new_process=self._anew)

    def _plans(self, recorded: Outcome, choices: Choices) -> Iterator[Plan]:
        """Restoring all that can be, then what was chosen."""
        yield Plan(restores_slow_ones=True)
        chance, count = random.Random(choices.seed), len(recorded.core.taken)
        recorded.core.hides = frozenset(n for n in range(1, count + 1) if chance.randrange(100) < choices.hidden)
        must_run = {site.key: "chosen" for site in recorded.session.runtime.sites if chance.randrange(100) < choices.must_run}
        until = count * (100 - choices.executed_from) // 100
        yield Plan(must_run, None if choices.executed_from == 0 else until, restores_slow_ones=True)

    def _hold_divergences(self, program: Program, what: str, replayed: Outcome) -> None:
        if replayed.session.divergences:
            found = "\n".join(map(str, replayed.session.divergences))
            raise Failure(f"divergence of a replay {what}", program, "none", found)

    def _hold(self, what: str, program: Program, expected: tuple[str, str], found: Outcome) -> None:
        if (found.text, found.error) == expected:
            return
        source = program.recorded if what == "record" else program.edited
        for _ in range(2):
            with self._fresh():
                if plain_with_error(source) != expected:
                    what += " (BUT THE PROGRAM IS NOT DETERMINISTIC)"
                    break
        raise Failure(what, program, "\n".join(expected), f"{found.text}\n{found.error}")

    def _anew(self) -> None:
        """As a program finds its folder and its process when it begins."""
        os.chdir(self._folder.parent)
        shutil.rmtree(self._folder)
        self._folder.mkdir()
        os.chdir(self._folder)
        _reset()

    @contextlib.contextmanager
    def _fresh(self) -> Iterator[None]:
        """An empty folder, and the process as it was."""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            before = os.getcwd()
            self._anew()
            try:
                yield
            finally:
                os.chdir(before)


def _reset() -> None:
    """What libraries keep for the whole process, as a new one has it."""
    import decimal

    decimal.setcontext(decimal.Context())
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(0)
        torch.set_default_dtype(torch.float32)
        torch.set_grad_enabled(True)
        torch.set_num_threads(1)
        torch.utils.hooks.RemovableHandle.next_id = 1000
