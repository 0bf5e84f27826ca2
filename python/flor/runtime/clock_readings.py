"""Readings of the clock in a state: they are another number in each run, and so is what the object that took them made of them."""

from __future__ import annotations

import time

from ..state.difference import Difference

_CLOCKS = time.time, time.monotonic


class ClockReadings:
    """`recorded` has what each clock showed from the beginning of the recording to its end, in seconds; that of the world is first,
    and the monotonic one is not always known."""

    def __init__(self, recorded: list[tuple[float, float]]) -> None:
        self._recorded, self._began = recorded, [clock() for clock in _CLOCKS]

    def left_out_of(self, found: list[Difference]) -> tuple[list[Difference], list[Difference]]:
        """The differences that nothing of this explains, and the readings themselves."""
        readings = [one for one in found if self._is_reading(one)]
        takers = tuple({one.holder + end for one in readings if one.holder for end in ".["})
        return [one for one in found if one not in readings and not one.path.startswith(takers)], readings

    def _is_reading(self, one: Difference) -> bool:
        if not one.in_float:
            return False
        recorded, live = _number(one.recorded), _number(one.live)
        return any(
            first <= recorded <= last and began <= live <= clock()
            for (first, last), began, clock in zip(self._recorded, self._began, _CLOCKS)
        )


def _number(text: str) -> float:
    """What a difference shows of a float."""
    try:
        return float(text)
    except ValueError:
        return 0.0
