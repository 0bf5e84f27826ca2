"""A hundred random programs with probes: their replays print what running them prints. And the fuzz finds what is planted."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flor.state import process, snapshot, write

from .. import both_walks
from . import processes
from .counts import Counts
from .fuzzing import Fuzz
from .in_process import Failure

PROGRAMS = 100
SEED = int(os.environ.get("FLOR_TEST_SEED", "1"))
LIBRARIES = {"torch": importlib.util.find_spec("torch") is not None, "numpy": importlib.util.find_spec("numpy") is not None}


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory) -> Fuzz:
    """After its programs have passed inside this process."""
    fuzz = Fuzz(tmp_path_factory.mktemp("fuzz") / "programs", SEED)
    try:
        with both_walks.installed():
            fuzz.run(PROGRAMS, **LIBRARIES)
    except Failure as failure:
        pytest.fail(failure.describe())
    return fuzz


def assert_meaningful(counts: Counts) -> None:
    """A fuzz in which nothing is restored, or nothing is executed from there and compared, proves nothing."""
    assert counts.restoring_programs >= counts.programs / 2, counts
    assert counts.restored >= counts.programs, counts
    assert counts.executed >= counts.programs, counts
    assert counts.compared >= counts.programs / 2, counts
    assert counts.failed <= counts.programs / 3, counts


def test_random_programs_inside_this_process(fuzz: Fuzz, record_property: Callable[[str, object], None]) -> None:
    record_property("counts", str(fuzz.counts))
    print(fuzz.counts)
    assert fuzz.counts.programs == PROGRAMS
    assert_meaningful(fuzz.counts)


def test_random_programs_through_the_binary(fuzz: Fuzz, record_property: Callable[[str, object], None]) -> None:
    try:
        counts = processes.check(fuzz.kept[-6:], 0.5)
    except Failure as failure:
        pytest.fail(failure.describe())
    record_property("counts", str(counts))
    print(counts)
    assert_meaningful(counts)


def without_a_leaf(self: snapshot.Restoration) -> list[tuple[int, int]]:
    return found(self)[:-1]


found = snapshot.Restoration._targets
PLANTED: dict[str, tuple[Any, str, Any]] = {
    "one tensor is not written": (snapshot.Restoration, "_targets", without_a_leaf),
    "the random state is not written": (process, "write", lambda state: None),
    "no container is written": (write, "write", lambda build: None),
    "no module global is bound": (snapshot.Restoration, "_bind", lambda self, label, names: None),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_what_is_planted_is_found(bug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, broken = PLANTED[bug]
    if "tensor" in bug:
        pytest.importorskip("torch")
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(Failure):
        Fuzz(tmp_path / "programs", SEED).run(300, shrinks=False, **LIBRARIES)
