"""A few rows of the crash matrix of docs/durability.md; `make crash` runs all of it."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from .faults import Fault
from .trials import Trials, memory_folder

SEED = int(os.environ.get("FLORPY_SEED", "20240607"))


@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    with TemporaryDirectory(dir=memory_folder()) as folder:
        yield Trials(Path(folder))


@pytest.mark.parametrize("trial", range(4))
def test_killed_at_a_random_instant(trials: Trials, trial: int) -> None:
    trials.killed(random.Random(f"{SEED} {trial}"))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind, code", [("kill", 0), ("once", errno.EIO), ("after", errno.ENOSPC), ("once", errno.EDQUOT)])
def test_a_call_on_the_store_that_goes_wrong(trials: Trials, kind: str, code: int, share: float) -> None:
    found = trials.faulty(Fault(kind, max(1, int(share * trials.calls)), code))
    assert found.met is not None and found.met.faults > 0, found
    assert found.end == "interrupted" or kind != "kill", found


@pytest.mark.parametrize("kind", ["short", "interrupt"])
def test_what_every_program_has_to_live_with(trials: Trials, kind: str) -> None:
    """Short writes and interrupted calls: nothing of the record is lost by them."""
    found = trials.faulty(Fault(kind))
    assert (found.end, found.checkpoints > 2) == ("finished", True), found
