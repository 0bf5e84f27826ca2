"""The part of the log that is to be seen, while the program runs: which iterations are open, and whether one was asked for.

Only loops that positions speak of are watched: `begins` stands before such a loop, `iteration` at the beginning of its body, `ends`
behind it, however it is left. A term is met by the first iteration of each execution of its loop that has its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .items_ahead import values_ahead
from .sites import SiteKey


@dataclass(frozen=True)
class Term:
    """A loop variable, or a loop whose iterations are counted, with a value."""

    name: str | None
    site: SiteKey | None
    text: str

    def is_met_by(self, one: OpenExecution) -> bool:
        if self.site is not None:
            return one.key == self.site and one.count == int(self.text)
        return self.name in one.values and _is_value(one.values[self.name], self.text)


def _is_value(value: Any, text: str) -> bool:
    if isinstance(value, (int, float)):
        try:
            return bool(value == float(text))
        except ValueError:
            pass
    return str(value) == text


Position = tuple[Term, ...]


@dataclass
class OpenExecution:
    """A watched loop that runs: its iteration, counted from 0. `passed` are terms that an earlier one has met."""

    key: SiteKey
    count: int = -1
    ordinal: int = -1  # of the iteration, among all that were seen of watched loops
    values: Mapping[str | None, Any] = field(default_factory=dict)
    passed: set[Term] = field(default_factory=set)


@dataclass(frozen=True)
class Watched:
    """A loop of which positions speak, with those of its variables that they name."""

    key: SiteKey
    names: tuple[str, ...]
    places: Mapping[str, list[int]] = field(default_factory=dict)  # of names in an item: where, by indexes
    is_recursive: bool = False  # whether one execution of it may run in another

    def concerns(self, term: Term) -> bool:
        return term.site == self.key if term.site is not None else term.name in self.names


@dataclass
class Asked:
    """What the user asked for: iterations (`at`), what lies from one to another, or iterations by their ordinals.

    `counts`: nothing is to be seen, it is to be told how many there are.
    """

    at: list[Position] = field(default_factory=list)
    start: Position | None = None
    end: Position | None = None
    ordinals: frozenset[int] = frozenset()
    counts: bool = False


class WholeLog:
    """Where nothing was chosen."""

    is_hidden = False

    def leaves_out(self, key: SiteKey) -> bool:
        return False

    def has_to_look_into(self, key: SiteKey) -> bool:
        return False

    def free_until(self, key: SiteKey, first: int, end: int, source: Any) -> int:
        return end

    def jumped(self, key: SiteKey, count: int) -> None:
        """Nobody counts."""


class Choice:
    """`begun` tells how many executions of a site have begun, `totals` how many there will be.

    None: the record does not tell. `show` is called with whether what is written from now on is to be seen, `finish` where nothing
    more can be. `may_leave_out`: what is not to be seen need not be executed.
    """

    def __init__(
        self, asked: Asked, watched: list[Watched], under: Mapping[SiteKey, set[SiteKey]], totals: Mapping[SiteKey, int] | None
    ) -> None:
        self._asked, self._under, self._totals = asked, under, totals
        self._watched = {one.key: one for one in watched}
        self._open: list[OpenExecution] = []
        self._is_between = asked.start is None and asked.end is not None
        self._was_at_start = self._was_at_end = False
        self.begun: Callable[[SiteKey], int] = lambda key: 0
        self.show: Callable[[bool], None] = lambda shown: None
        self.finish: Callable[[], None] = lambda: None
        self.may_leave_out = True
        self.is_shown = False
        self.shown_parts = 0
        self.iterations = 0

    @staticmethod
    def from_json(values: Mapping[str, Any], ordinals: list[int] | None, counts: bool) -> Choice:
        """What the planner found; which ordinals is known only when the iterations have been counted."""

        def position(terms: list[list[Any]]) -> Position:
            return tuple(Term(name, None if site is None else (site[0], site[1]), text) for name, site, text in terms)

        asked = Asked(
            [position(one) for one in values["at"]],
            position(values["from"]) if values["from"] else None,
            position(values["to"]) if values["to"] else None,
            frozenset(ordinals or ()),
            counts,
        )
        watched = [
            Watched(tuple(one["site"]), tuple(one["names"]), one["places"], one["is_recursive"]) for one in values["watched"]
        ]
        under = {(path, ordinal): {(one[0], one[1]) for one in keys} for path, ordinal, keys in values["under"]}
        totals = values["totals"]
        known = None if totals is None else {(path, ordinal): count for path, ordinal, count in totals}
        return Choice(asked, watched, under, known)

    def names_in(self, path: str) -> dict[int, tuple[str, ...]]:
        """The watched loops of a file by ordinal, each with the variables that `iteration` is to be given."""
        return {one.key[1]: one.names for one in self._watched.values() if one.key[0] == path}

    def start(self) -> None:
        """The program begins; until now nothing was to be seen."""
        self._update()

    def begins(self, key: SiteKey) -> None:
        self._open.append(OpenExecution(key))

    def iteration(self, key: SiteKey, *values: Any) -> None:
        """An iteration begins, and the one before it has ended. `values` are those of the variables that are named."""
        one = self._open[-1]
        one.passed.update(term for term in self._terms() if term.is_met_by(one))
        one.count, one.values = one.count + 1, dict(zip(self._watched[key].names, values))
        one.ordinal = self.iterations
        self.iterations += 1
        self._update()

    def ends(self, key: SiteKey) -> None:
        self._open.pop()
        self._update()

    def _terms(self) -> list[Term]:
        return [term for position in (*self._asked.at, self._asked.start, self._asked.end) for term in position or ()]

    def _is_met(self, term: Term) -> bool:
        return any(term.is_met_by(one) and term not in one.passed for one in self._open)

    def _is_reached(self, position: Position) -> bool:
        return all(map(self._is_met, position))

    def _update(self) -> None:
        shown = any(map(self._is_reached, self._asked.at)) or self._is_in_between() or self._is_counted_out()
        if shown != self.is_shown:
            self.is_shown = shown
            self.shown_parts += shown
            self.show(shown)
        if not shown and not self._awaits_iterations() and all(map(self._is_over, self._awaited())):
            self.finish()

    def _is_counted_out(self) -> bool:
        return any(one.ordinal in self._asked.ordinals for one in self._open)

    def _awaits_iterations(self) -> bool:
        return self._asked.counts or self.iterations <= max(self._asked.ordinals, default=-1)

    def _is_in_between(self) -> bool:
        start, end = self._asked.start, self._asked.end
        is_at_start = start is not None and self._is_reached(start)
        is_at_end = end is not None and self._is_reached(end)
        if self._was_at_end and not is_at_end:
            self._is_between = False
        if is_at_start and not self._was_at_start:
            self._is_between = True
        self._was_at_start, self._was_at_end = is_at_start, is_at_end and self._is_between
        return self._is_between

    def _awaited(self) -> list[Position]:
        """The positions at which something changes next."""
        between = self._asked.end if self._is_between else self._asked.start
        return [*self._asked.at, *([between] if between is not None else [])]

    def _is_over(self, position: Position) -> bool:
        """Whether it cannot be reached any more, as far as the record tells."""
        return any(self._cannot_be_met(term) for term in position)

    def _cannot_be_met(self, term: Term) -> bool:
        totals = self._totals
        loops = [one.key for one in self._watched.values() if one.concerns(term)]
        return totals is not None and all(
            self.begun(key) >= totals.get(key, 0) and all(term in one.passed for one in self._open if one.key == key)
            for key in loops
        )

    # What the replayer asks where a loop or a call begins.

    @property
    def is_hidden(self) -> bool:
        """Whether what is written now is not to be seen, and need not be written."""
        return self.may_leave_out and not self.is_shown

    def leaves_out(self, key: SiteKey) -> bool:
        """Whether it need not be executed although a probe is in it: nothing of it is to be seen."""
        return self.is_hidden and not self.has_to_look_into(key)

    def free_until(self, key: SiteKey, first: int, end: int, source: Any) -> int:
        """Of the iterations from `first` to `end` of the innermost open loop, the first in which something may be asked for.

        `source` is its iterator, which is about to give the item of `first`.
        """
        around = self._under.get(key, set()) - {key}
        own = self._watched.get(key)
        if own is not None and own.is_recursive:
            return first
        limit = end
        if self._awaits_iterations():
            if around:
                return first
            counted = self._asked.ordinals if own is not None else ()
            limit = min([end, *(first + one - self.iterations for one in counted if one >= self.iterations)])
        for position in filter(None, (*self._asked.at, self._asked.start, self._asked.end)):
            limit = min(limit, self._first_at(position, own, around, first, limit, source))
        return limit

    def _first_at(self, position: Position, own: Watched | None, around: set[SiteKey], first: int, end: int, source: Any) -> int:
        """The first of these iterations in which a position may be reached."""
        here = [term for term in position if own is not None and own.concerns(term)]
        others = [term for term in position if term not in here]
        inside = [term for term in others if any(self._watched[key].concerns(term) for key in around)]
        if not all(term in inside or self._is_met(term) for term in others) or not (here or inside):
            return end
        if own is None or not here:
            return first
        passed = next(one.passed for one in reversed(self._open) if one.key == own.key)
        return min(end if term in passed else self._first_of(term, own, first, end, source) for term in here)

    def _first_of(self, term: Term, own: Watched, first: int, end: int, source: Any) -> int:
        if term.name is None:
            return max(first, int(term.text)) if first <= int(term.text) < end else end
        ahead = values_ahead(source, own.places.get(term.name))
        if ahead is None:
            return first
        values = zip(range(first, end), ahead)
        return next((number for number, value in values if _is_value(value, term.text)), end)

    def jumped(self, key: SiteKey, count: int) -> None:
        """So many iterations of the innermost open loop were passed over."""
        if key in self._watched:
            one = self._open[-1]
            one.count, one.values = one.count + count, {}
            self.iterations += count

    def has_to_look_into(self, key: SiteKey) -> bool:
        """Whether a position may be reached in an execution that begins now."""
        inside = self._under.get(key, set())
        if inside and self._awaits_iterations():
            return True
        return any(self._may_be_reached(position, inside) for position in self._awaited())

    def _may_be_reached(self, position: Position, inside: set[SiteKey]) -> bool:
        def lies_inside(term: Term) -> bool:
            return any(self._watched[key].concerns(term) for key in inside)

        return any(map(lies_inside, position)) and all(self._is_met(term) or lies_inside(term) for term in position)
