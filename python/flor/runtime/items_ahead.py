"""What a loop's variables will be in its next iterations, where that can be told without asking its iterator."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

# What they give next lies in themselves, and in what never changes.
_FORESEEABLE = (type(iter(range(0))), type(iter(())), type(iter("")))


def values_ahead(source: Any, place: list[int] | None) -> Iterator[Any] | None:
    """The values of the variable at a place in the items that `source` will give; None where nobody can know."""
    if place is None:
        return None
    if type(source) is enumerate and place == [0]:
        return itertools.count(source.__reduce__()[1][1])
    if place == [] and type(source) in _FORESEEABLE:
        ahead: Iterator[Any] = copy.copy(source)
        return ahead
    return None
