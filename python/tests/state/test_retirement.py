"""Functions that are called often and never long get the user's own code back, and it is still known where they ran."""

from __future__ import annotations

import textwrap
from types import FunctionType
from typing import Any

import pytest

from flor.runtime.replaying import Plan
from flor.runtime.retirement import RETIRE_AFTER_CALLS

from ..simulation import plain, record, replay

pytestmark = pytest.mark.usefixtures("counting")

PROGRAM = textwrap.dedent(f"""
    CALLS = {RETIRE_AFTER_CALLS + 10}
    def tiny(x):
        return x + 1
    class Box:
        def __len__(self):
            return 3
        def doubled(self, x):
            for i in range(2): x += i
            return 2 * x
    box = Box()
    def warm_up():
        total = 0
        for i in range(CALLS):
            total += tiny(i) + len(box) + box.doubled(i)
        return total
    def with_tiny(n):
        total = 0
        for i in range(n):
            total += tiny(i)
        return total
    def without(n):
        total = 0
        for i in range(n):
            total += i
        return total
    print(warm_up())
    for epoch in range(3):
        print(epoch, with_tiny(5), without(5))
    print(warm_up())
""")
# Nothing of so small a program would be kept otherwise.
SHORTEST = 0.0005


def code_constants(function: FunctionType) -> tuple[object, ...]:
    return function.__code__.co_consts


def sites(recorded: Any) -> dict[str, Any]:
    return {site.function: site for site in recorded.session.runtime.sites if site.is_call}


def test_a_function_that_is_called_often_gets_its_own_code_back() -> None:
    # Without checkpoints: on a loaded machine one of two thousand calls takes long enough for one, and is not retired then.
    recorded = record(PROGRAM, float("inf"))
    assert recorded.text == plain(PROGRAM)
    names = recorded.namespace
    assert code_constants(names["tiny"]) == (None, 1)
    assert code_constants(names["Box"].doubled)[:2] == (None, 2)
    assert code_constants(names["Box"].__len__) == (None, 3)
    assert len(code_constants(names["with_tiny"])) > 4  # called three times only
    assert {name for name, site in sites(recorded).items() if site.is_retired} == {"tiny", "Box.doubled", "Box.__len__"}


def test_it_is_known_where_a_retired_function_ran() -> None:
    recorded = record(PROGRAM, SHORTEST)
    marks = recorded.session.marks
    ran = {name: site.ran for name, site in sites(recorded).items()}
    tiny = marks.mark(sites(recorded)["tiny"].index)
    assert ran["with_tiny"] & tiny and ran["warm_up"] & tiny
    assert not ran["without"] & tiny


def test_a_probe_in_a_retired_function_prints_what_a_run_prints() -> None:
    edited = PROGRAM.replace("    return x + 1\n", "    if x == 3: print('hindsight', x)\n    return x + 1\n")
    recorded = record(PROGRAM, SHORTEST)
    replayed = replay(PROGRAM, recorded, Plan(restores_slow_ones=True), edited=edited)
    assert replayed.text == plain(edited)
    assert replayed.session.divergences == []


def test_nested_functions_are_found_wherever_they_are_kept() -> None:
    source = textwrap.dedent(f"""
        def maker():
            count = 0
            def step():
                nonlocal count
                count += 1
            return step
        kept = [maker(), maker()]
        for i in range({8 * RETIRE_AFTER_CALLS}):
            kept[i % 2]()
        print(kept[0].__closure__[0].cell_contents, kept[1].__closure__[0].cell_contents)
    """)
    recorded = record(source, float("inf"))
    assert recorded.text == plain(source)
    assert all(code_constants(one) == (None, 1) for one in recorded.namespace["kept"])


def test_what_is_seldom_short_is_not_retired() -> None:
    source = f"import time\ndef slow(): time.sleep(0.0002)\nfor i in range({RETIRE_AFTER_CALLS + 10}): slow()\n"
    recorded = record(source, SHORTEST)
    assert not sites(recorded)["slow"].is_retired
