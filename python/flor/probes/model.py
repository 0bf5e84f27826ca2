"""The values that a comparison of two versions of a file yields."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Probe:
    """A statement that was added, or a recorded one in which an expression is logged now.

    `loops` and `function` are nodes of the recorded tree, so that they lead to the recorded numbers. A `lazy` probe
    lies in code that leaves no mark when it runs (behind a `yield`, in a coroutine or a lambda): any loop may run it.
    """

    statement: ast.stmt
    loops: tuple[ast.stmt, ...]
    function: ast.AST | None
    line: int
    lazy: bool = False


@dataclass(frozen=True)
class Refusal:
    """A difference that is no probe: the program changed, so that running it would be no replay."""

    old_line: int | None
    new_line: int | None
    old_text: str
    new_text: str
    reason: str
    hint: str = ""
    path: str | None = None
    error: SyntaxError | None = field(default=None, compare=False)

    def describe(self) -> str:
        """The whole message, hint included."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        line = self.new_line if self.new_line is not None else self.old_line
        place = [part for part in (self.path, None if line is None else str(line)) if part]
        yield ": ".join([":".join(place), self.reason] if place else [self.reason])
        if self.old_text:
            yield f"  recorded{_at(self.old_line)}: {self.old_text}"
        if self.new_text:
            yield f"  present{_at(self.new_line)}: {self.new_text}"
        if self.hint:
            yield ""
            yield f"hint: {self.hint}"


def _at(line: int | None) -> str:
    return "" if line is None else f", line {line}"


@dataclass(frozen=True)
class Caution:
    """A probe that is accepted although its text suggests that it disturbs the program."""

    line: int
    text: str
    reason: str


@dataclass
class Alignment:
    """How the present tree lies on the recorded one."""

    pairs: dict[ast.AST, ast.AST] = field(default_factory=dict)
    added: list[Probe] = field(default_factory=list)
    wrapped: list[Probe] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    warnings: list[Caution] = field(default_factory=list)
    new_names: frozenset[str] = frozenset()
    """Names that probes bind at module level."""

    _new_lines: dict[int, int] = field(default_factory=dict, repr=False)
    _old_lines: dict[int, int] = field(default_factory=dict, repr=False)

    def new_line(self, old_line: int) -> int | None:
        """Where a line of the recorded file is now; None where nothing of it was matched."""
        return self._new_lines.get(old_line)

    def old_line(self, new_line: int) -> int | None:
        """Where a line of the present file was; None for what was added."""
        return self._old_lines.get(new_line)

    @property
    def old_lines(self) -> dict[int, int]:
        """The recorded line of each present line that was matched."""
        return self._old_lines

    def note_line(self, old_line: int, new_line: int) -> None:
        """Keep that two lines correspond; of several statements in one line the first one decides."""
        self._new_lines.setdefault(old_line, new_line)
        self._old_lines.setdefault(new_line, old_line)

    @property
    def probes(self) -> list[Probe]:
        return self.added + self.wrapped
