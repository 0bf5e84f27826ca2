"""Readings of the clock in a state: they are another number in each run, and so is what the object that took them made of them."""

from __future__ import annotations

import time

from ..state.difference import Difference


class ClockReadings:
    """`recorded_between` is when the recording ran, in seconds since 1970."""

    def __init__(self, recorded_between: tuple[float, float]) -> None:
        self._recorded_between, self._began = recorded_between, time.time()

    def left_out_of(self, found: list[Difference]) -> tuple[list[Difference], list[Difference]]:
        """The differences that nothing of this explains, and the readings themselves."""
        readings = [one for one in found if self._is_reading(one)]
        takers = tuple({one.holder + end for one in readings if one.holder for end in ".["})
        return [one for one in found if one not in readings and not one.path.startswith(takers)], readings

    def _is_reading(self, one: Difference) -> bool:
        if not one.in_float:
            return False
        first, last = self._recorded_between
        return first <= _number(one.recorded) <= last and self._began <= _number(one.live) <= time.time()


def _number(text: str) -> float:
    """What a difference shows of a float."""
    try:
        return float(text)
    except ValueError:
        return 0.0
