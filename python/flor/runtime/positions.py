"""In which iterations of which loops the program is: what a replay says of each new line."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .sites import SiteKey

_LONGEST_TEXT = 256


class Watcher(Protocol):
    """Follows loops that it has named (`LoopRuntime.watch`)."""

    def names_in(self, path: str) -> dict[int, tuple[str, ...]]: ...

    def begins(self, key: SiteKey) -> None: ...

    def iteration(self, key: SiteKey, *values: Any) -> None: ...

    def ends(self, key: SiteKey) -> None: ...


@dataclass(frozen=True)
class NamedLoop:
    """A loop of the present text with its variables; `line` is where it stands now."""

    key: SiteKey
    line: int
    names: tuple[str, ...]


@dataclass
class OpenLoop:
    """A loop that runs. `iteration` counts from 0; `values` are those of the variables, as far as they are plain."""

    loop: NamedLoop
    iteration: int = -1
    values: Mapping[str, Any] | None = None

    def term(self) -> str:
        """As `--at` takes it: by a variable, or by the line."""
        for name, value in (self.values or {}).items():
            return f"{name}={value}"
        return f"{self.loop.key[0]}:{self.loop.line}={self.iteration}"

    def describe(self) -> dict[str, Any]:
        return {"file": self.loop.key[0], "line": self.loop.line, "iteration": self.iteration, "variables": dict(self.values or {})}


class Positions:
    """Follows the loops that the planner has named, which tell their iterations."""

    def __init__(self, loops: Iterable[NamedLoop]) -> None:
        self._loops = {one.key: one for one in loops}
        self._open: list[OpenLoop] = []

    @staticmethod
    def from_json(values: Iterable[list[Any]]) -> Positions:
        return Positions(NamedLoop((path, ordinal), line, tuple(names)) for path, ordinal, line, names in values)

    def names_in(self, path: str) -> dict[int, tuple[str, ...]]:
        """The loops of a file by ordinal, each with the variables that `iteration` is to be given."""
        return {ordinal: one.names for (file, ordinal), one in self._loops.items() if file == path}

    def begins(self, key: SiteKey) -> None:
        self._open.append(OpenLoop(self._loops[key]))

    def iteration(self, key: SiteKey, *values: Any) -> None:
        one = self._open[-1]
        one.iteration += 1
        named = zip(one.loop.names, values)
        one.values = {name: plain(value) for name, value in named if is_plain(value)}

    def ends(self, key: SiteKey) -> None:
        self._open.pop()

    def at(self) -> str:
        """The position as the user would ask for it; empty outside of all loops."""
        return ",".join(one.term() for one in self._open)

    def describe(self) -> list[dict[str, Any]]:
        """The loops that are open, the outermost first."""
        return [one.describe() for one in self._open]


class Watchers:
    """Several that follow loops: each hears of those that it has named, with the values of the variables that it wants."""

    def __init__(self, watchers: Iterable[Watcher]) -> None:
        self._watchers = list(watchers)
        self._of: dict[SiteKey, list[tuple[Watcher, tuple[int, ...]]]] = {}

    def names_in(self, path: str) -> dict[int, tuple[str, ...]]:
        """The loops of a file by ordinal, each with the variables that `iteration` is to be given."""
        named = [(watcher, watcher.names_in(path)) for watcher in self._watchers]
        found: dict[int, tuple[str, ...]] = {}
        for _, loops in named:
            for ordinal, names in loops.items():
                found[ordinal] = tuple(dict.fromkeys((*found.get(ordinal, ()), *names)))
        for ordinal, names in found.items():
            self._of[path, ordinal] = [
                (watcher, tuple(names.index(name) for name in loops[ordinal])) for watcher, loops in named if ordinal in loops
            ]
        return found

    def begins(self, key: SiteKey) -> None:
        for watcher, _ in self._of[key]:
            watcher.begins(key)

    def iteration(self, key: SiteKey, *values: Any) -> None:
        for watcher, places in self._of[key]:
            watcher.iteration(key, *(values[place] for place in places))

    def ends(self, key: SiteKey) -> None:
        for watcher, _ in self._of[key]:
            watcher.ends(key)


def is_plain(value: Any) -> bool:
    """Whether a value says what it is in a word. What may be on a device is not asked."""
    return value is None or isinstance(value, numbers.Real) or (isinstance(value, str) and len(value) <= _LONGEST_TEXT)


def plain(value: Any) -> Any:
    """Of NumPy's numbers, Python's."""
    if value is None or isinstance(value, (bool, str)):
        return value
    return int(value) if isinstance(value, numbers.Integral) else float(value)
