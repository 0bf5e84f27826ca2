"""A fuzz: many random programs, one after the other, until one fails or all have passed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from .counts import Counts
from .grammar import programs
from .in_process import Choices, Failure, InProcess
from .program import Program

PERCENT = st.sampled_from([0, 0, 30, 60, 100])
# Left alone for longer, Hypothesis draws ever more variations of what it has drawn already.
ROUND = 50
CHOICES = st.builds(Choices, PERCENT, PERCENT, PERCENT, PERCENT, PERCENT, st.integers(0, 999))


class Reproducible(HypothesisProvider):
    """Draws by the seed alone. Hypothesis' own also draws what stands in the modules that happen to be loaded."""

    def _maybe_draw_constant(self, *arguments: Any, **options: Any) -> None:
        return None


@contextmanager
def drawing_by_the_seed() -> Iterator[None]:
    usual = AVAILABLE_PROVIDERS["hypothesis"]
    AVAILABLE_PROVIDERS["hypothesis"] = Reproducible
    try:
        yield
    finally:
        AVAILABLE_PROVIDERS["hypothesis"] = usual


class Fuzz:
    """Programs inside this process. `kept` are those that restored something, for the binary."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.counts, self.kept, self.seed = Counts(), list[Program](), seed
        self.first_failure: Failure | None = None  # as it was drawn; the one that is raised is smaller
        self.on_failure: Callable[[Failure], None] = lambda failure: None
        self._passed: set[str] = set()
        self._in_process = InProcess(folder)

    def run(
        self,
        count: int,
        *,
        shrinks: bool = True,
        progress: Callable[[Counts], None] = lambda counts: None,
        **libraries: bool,
    ) -> None:
        """`count` programs, no two of them the same. Raises the `Failure` of the smallest one that was found to fail."""
        number = 0
        with warnings.catch_warnings(), drawing_by_the_seed():
            warnings.simplefilter("ignore")  # random programs give occasion to many
            while self.counts.programs < count:
                self._round(self.seed * 10_000 + number, lambda: self.counts.programs >= count, shrinks, progress, libraries)
                number += 1

    def _round(
        self,
        seed: int,
        is_enough: Callable[[], bool],
        shrinks: bool,
        progress: Callable[[Counts], None],
        libraries: dict[str, bool],
    ) -> None:
        @seeded(seed)
        @settings(
            max_examples=ROUND,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, *([Phase.shrink] if shrinks else [])],
        )
        @given(programs(**libraries), CHOICES)
        def passes(program: Program, choices: Choices) -> None:
            if not is_enough() and program.edited not in self._passed:
                self._check(program, choices, progress)

        try:
            passes()
        except FlakyFailure as error:  # it did not fail once more: what is kept between programs took part
            raise next(one for one in error.exceptions if isinstance(one, Failure)) from error

    def _check(self, program: Program, choices: Choices, progress: Callable[[Counts], None]) -> None:
        try:
            counts = self._in_process.check(program, choices)
        except Failure as failure:
            if self.first_failure is None:
                self.first_failure = failure
                self.on_failure(failure)
            raise
        self.counts += counts
        self._passed.add(program.edited)
        if counts.restored:
            self.kept.append(program)
        progress(self.counts)


def save(failure: Failure, folder: Path) -> Path:
    """Writes what fails down, so that it can be run again by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    failed: dict[str, Any] = {"recorded.py": failure.program.recorded, "edited.py": failure.program.edited}
    for name, text in {**failed, "expected.txt": failure.expected, "found.txt": failure.found}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
