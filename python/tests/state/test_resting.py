"""Sites that rest: after following an execution for nothing, some of the next ones are only counted, however long they are."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest

from flor.runtime.replaying import Plan

from .. import native, simulation
from ..memory_core import MemoryCore
from ..simulation import plain, record, replay


class Rests(MemoryCore):
    """Following comes to nothing, and costs as much as four executions may."""

    def consider(self, site: int, seconds: float) -> bool:
        return False

    def followed(self, seconds: float, spent_seconds: float) -> int:
        return 3


@pytest.mark.parametrize("shortcut", [simulation.no_shortcut, native.shortcut])
def test_long_executions_rest_for_as_long_as_the_core_says(shortcut: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    source = textwrap.dedent("""
        import time
        for i in range(40):
            for j in range(2): time.sleep(0.001)
    """)
    monkeypatch.setattr(simulation, "shortcut", shortcut)
    recorded = record(source, core=Rests())
    outer, inner = recorded.session.runtime.sites
    assert (outer.followed, inner.followed, inner.ended) == (1, 10, 40)
    assert recorded.session.statistics()[1]["passed_over"] == {"short": 30}


def test_checkpoints_between_rests_are_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    source = textwrap.dedent("""
        import time
        def step(k):
            time.sleep(0.001)
            return k + 1
        total = 0
        for i in range(40):
            for j in range(2): total = step(total)
        print(total)
    """)
    core = Rests()
    monkeypatch.setattr(core, "consider", lambda site, seconds: site == 2 and len(core.taken) < 6)
    recorded = record(source, core=core)
    assert recorded.text == plain(source)
    edited = source.replace("    for j", "    print('probe', i, total)\n    for j")
    replayed = replay(source, recorded, Plan(restores_slow_ones=True), edited=edited)
    assert replayed.text == plain(edited)
    assert replayed.session.divergences == []
    of_loop = [header for header, *_ in core.taken if header["site"][1] == 2]
    assert replayed.restored[8] == len(of_loop) > 0
