"""Logged numbers as curves: what plots and exports have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .catalogue import NO_STEP, Series, opened, series


@dataclass(frozen=True)
class Curve:
    """The numbers of one name in one run, in order: over the steps that were given, else over their own numbers from 0."""

    run: str
    name: str
    is_hindsight: bool
    steps: Any
    values: Any
    nanoseconds: Any

    @property
    def label(self) -> str:
        return f"{self.name} (hindsight)" if self.is_hindsight else self.name


def curves(store: str, runs: Sequence[str], names: Sequence[str]) -> list[Curve]:
    """Of whatever has numbers; names may have `*` and `?`, and none means all."""
    with opened(store) as connection:
        found = series(connection, store, runs=runs)
    wanted = [one for one in found if not names or any(fnmatchcase(one.name, name) for name in names)]
    grouped: dict[tuple[str, str, bool], list[Series]] = {}
    for one in wanted:
        if not one.is_argument:
            grouped.setdefault((one.run, one.name, one.replay is not None), []).append(one)
    drawn = [_curve(*key, group) for key, group in grouped.items()]
    return [curve for curve in drawn if len(curve.values)]


def _curve(run: str, name: str, is_hindsight: bool, group: list[Series]) -> Curve:
    import numpy

    nanoseconds = numpy.concatenate([one.nanoseconds for one in group])
    steps = numpy.concatenate([numpy.full(len(one.nanoseconds), NO_STEP) if one.steps is None else one.steps for one in group])
    values = numpy.concatenate([_numbers(one.values) for one in group])
    order = numpy.argsort(nanoseconds, kind="stable")
    nanoseconds, steps, values = nanoseconds[order], steps[order], values[order]
    steps = numpy.where(steps == NO_STEP, numpy.arange(len(steps)), steps)
    is_number = numpy.array([value is not None for value in values]) if values.dtype == object else slice(None)
    return Curve(run, name, is_hindsight, steps[is_number], values[is_number].astype(float), nanoseconds[is_number])


def _numbers(values: Any) -> Any:
    """What is no number becomes None."""
    import numpy

    if values.dtype != object:
        return values
    kept: Any = numpy.empty(len(values), dtype=object)
    kept[:] = [value if isinstance(value, (int, float)) else None for value in values]
    return kept
