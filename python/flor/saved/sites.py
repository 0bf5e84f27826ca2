"""The loops and blocks of a run in which checkpoints are taken, numbered as they are met: the run's books."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from time import perf_counter
from types import FrameType
from typing import Any

import _flor


@dataclass
class Site:
    """A loop, or a block: `index` among all, `ordinal` in its file. `ended` counts executions, `seconds` is what they took."""

    index: int
    path: str
    ordinal: int
    begun: int = 0
    ended: int = 0
    seconds: float = 0.0
    checkpoints: int = 0
    reason: str | None = None

    @property
    def key(self) -> list[Any]:
        return [self.path, self.ordinal]


@dataclass
class Execution:
    """One run through a site. `iterations` have ended."""

    site: Site
    number: int
    began: float = field(default_factory=perf_counter)
    iterations: int = 0

    @property
    def seconds(self) -> float:
        return perf_counter() - self.began

    def end(self) -> None:
        self.site.ended += 1
        self.site.seconds += self.seconds


Line = tuple[str, int, str]


def line_of(frame: FrameType) -> Line:
    """File, line and function that a frame is at."""
    return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name


class Sites:
    """All of this process."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[tuple[Line, str], Site] = {}

    def begin(self, line: Line, statement: str) -> Execution:
        """An execution of the `for` or `with` in that line begins."""
        site = self._known.get((line, statement)) or self._met(line, statement)
        site.begun += 1
        return Execution(site, site.begun - 1)

    def _met(self, line: Line, statement: str) -> Site:
        filename, number, function = line
        path = self._path(filename)
        ordinal = sum(site.path == path for site in self._known.values())
        site = self._known[line, statement] = Site(len(self._known), path, ordinal)
        told = {"kind": "loop", "path": path, "ordinal": ordinal, "line": number, "column": 0, "function": function}
        _flor.append("sites", json.dumps({**told, "statement": statement, "refusal": None}).encode() + b"\n")
        return site

    def _path(self, filename: str) -> str:
        """Relative to the project's folder where it lies there; of a notebook's cell what Python calls it."""
        if not os.path.exists(filename):
            return filename
        path = os.path.relpath(os.path.realpath(filename), self._root)
        return filename if path.startswith(os.pardir) else path

    def counters(self) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for site in self._known.values():
            found.setdefault(site.path, []).append((site.ordinal, site.begun))
        return found

    def statistics(self) -> list[dict[str, Any]]:
        return [
            {
                "site": site.key,
                "executions": site.ended,
                "seconds": site.seconds,
                "checkpoints": site.checkpoints,
                "skippable": site.reason is None,
                "reason": site.reason,
                "passed_over": {},
                "ran": {},
            }
            for site in self._known.values()
        ]

    def at_end(self) -> dict[str, Any]:
        """What `end.json` says of them."""
        return {"statistics": self.statistics(), "counters": self.counters()}
