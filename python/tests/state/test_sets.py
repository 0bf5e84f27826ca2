"""A restored set gives its members in the order of the recorded one, also after the program has added and removed some."""

from __future__ import annotations

import random
import textwrap

import pytest

from flor.state import sets

from .marked import check_loops

GROWING = """
    s = set()
    for epoch in range(6):  # probe
        for i in range(4):  # skip
            s.add((epoch * 7 + i * 11) % 64)
        s.add(epoch * 16)
        print(list(s))
"""
REMOVING = """
    s = set(range(6))
    for epoch in range(6):  # probe
        for i in range(3):
            s ^= {epoch, 8 + i}
            s.add(epoch)
        s.add(16 * epoch + 1)
        print(list(s))
"""
POPPING = """
    s = set(range(40))
    for epoch in range(4):  # probe
        for i in range(3):  # run
            s.pop()
            s = set(s) if i == 2 and epoch % 2 else s
            s.pop()
        print(list(s), s.pop())
"""
SPENT = """
    s = set(range(4))
    for epoch in range(4):  # probe
        for i in range(4):  # skip
            s.add(i)
            s.clear()
        s |= {epoch, 8 * epoch}
        print(list(s))
"""


@pytest.mark.parametrize("program", [GROWING, REMOVING, POPPING, SPENT], ids=["growing", "removing", "popping", "spent"])
def test_the_order_goes_on(program: str) -> None:
    check_loops(textwrap.dedent(program))


@pytest.mark.parametrize("count", [3, 8, 30, 100])
def test_texts_come_back_in_their_order(count: int) -> None:
    """Whatever they are salted with: nearly always, and never in another one."""
    draw, found = random.Random(count), 0
    for _ in range(50):
        original: set[str] = set()
        for _ in range(count):
            original.add(f"w{draw.getrandbits(40):x}")
        way = sets.way_to_order(list(original), sets.history_of(original), set())
        if way is not None:
            found += 1
            made: set[str] = set()
            made.update(way(list(original)))
            assert list(made) == list(original)
    assert found >= 35
