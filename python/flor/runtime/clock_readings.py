"""Readings of the clock in a state: they are another number in each run, and so is what the object that took them made of them."""

from __future__ import annotations

import time

from ..state.difference import Difference

_CLOCKS = time.time, time.monotonic
# How far ahead of the clock what is to be done next may be. Of the monotonic one a number that is small may be any other as well.
_AHEAD_SECONDS = 86_400.0, 0.0


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
            first <= recorded <= last + ahead and began <= live <= clock() + ahead
            for (first, last), began, clock, ahead in zip(self._recorded, self._began, _CLOCKS, _AHEAD_SECONDS)
        )


def _number(text: str) -> float:
    """What a difference shows of a float."""
    try:
        return float(text)
    except ValueError:
        return 0.0
