"""What the tests of the rewrite share: a loop runtime that runs everything and checks its calls, ways to compare."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from flor.rewrite import rewrite_module, survey, transform


class Marks(dict):
    """Hashable, as what is linked has to be."""

    __hash__ = object.__hash__


class RunsEverything:
    """Enters every loop, and holds the rewrite to its contract: each execution that was entered is closed once.

    An execution is known by its loop and its frame: after RETURN_UNSETTLED it is closed already, and a `finally` may
    still leave it in another way.
    """

    def __init__(self) -> None:
        self.open: list[tuple[int, int]] = []
        self.held: set[tuple[int, int]] = set()
        self.unsettled: set[tuple[int, int]] = set()
        self.events: list[tuple[str, object]] = []
        self.marks: dict[int, int] = Marks()
        self._exhausted: set[tuple[int, int]] = set()

    def __call__(self, name: str) -> object:
        kind, _, numbers = name.partition(":")
        if kind in ("site", "function"):
            return int(numbers)
        if kind == "sites":
            return tuple(int(number) for number in numbers.split(","))
        if kind == "ran":
            return self.marks
        return getattr(self, kind if kind != "return" else "return_")

    def enter(self, loop: int) -> bool:
        self.events.append(("enter", loop))
        self.unsettled.discard(self._execution(loop))
        self.open.append(self._execution(loop))
        return True

    def call(self, function: int) -> bool:
        self.marks[function] = 1
        self.held.discard(self._execution(function))
        return self.enter(function)

    def leave_call(self, function: int) -> None:
        self.leave(function)

    def hold(self, function: int, value: object) -> object:
        self.held.add(self._execution(function))
        return value

    def settle(self, function: int) -> None:
        """The function ends: with the value that it held, unless it was closed before."""
        execution = self._execution(function)
        if execution in self.held and execution in self.open:
            self._close("settle", execution)

    def iterate(self, loop: int, iterable: object) -> object:
        assert self.open and self.open[-1] == self._execution(loop)
        return iterable

    def boundary(self, loop: int) -> bool:
        assert self.open and self.open[-1] == self._execution(loop)
        return False

    def exhausted(self, loop: int) -> None:
        self._exhausted.add(self._execution(loop))

    def leave(self, loop: int) -> None:
        self._close("leave", self._execution(loop))

    def was_exhausted(self, loop: int) -> bool:
        execution = self._execution(loop)
        was = execution in self._exhausted
        self._exhausted.discard(execution)
        return was

    def abandon(self, loop: int) -> None:
        self._close("abandon", self._execution(loop))

    def return_(self, loops: tuple[int, ...], value: object) -> object:
        for loop in loops:
            self._close("return", self._execution(loop))
        return value

    def return_unsettled(self, loops: tuple[int, ...], value: object) -> object:
        for loop in loops:
            self._close("return_unsettled", self._execution(loop))
            self.unsettled.add(self._execution(loop))
        return value

    def returned(self, loop: int) -> bool:
        raise AssertionError(f"loop {loop} was entered, so nobody asks whether it returned")

    value = returned

    def probe(self, is_on: bool) -> None:
        self.events.append(("probe", is_on))

    def _close(self, event: str, execution: tuple[int, int]) -> None:
        self.events.append((event, execution[0]))
        if execution in self.unsettled:
            return
        assert self.open and self.open[-1] == execution, f"{event} of {execution}, but open are {self.open}"
        self.open.pop()

    def _execution(self, loop: int) -> tuple[int, int]:
        frame = sys._getframe(1)
        # Not by `f_locals`: to read them changes what `locals()` shows the program, before Python 3.13.
        while Path(frame.f_code.co_filename).parent == Path(__file__).parent:
            assert frame.f_back is not None
            frame = frame.f_back
        return loop, id(frame)


@dataclass
class Outcome:
    """All that a program shows of itself."""

    output: str
    traceback: str
    names: list[str]


def run(code: CodeType) -> Outcome:
    namespace: dict[str, object] = {"__name__": "__main__", "__file__": code.co_filename}
    trouble = ""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        try:
            exec(code, namespace)
        except BaseException as error:
            assert error.__traceback__ is not None
            error.__traceback__ = error.__traceback__.tb_next
            trouble = "".join(traceback.format_exception(error))
    return Outcome(output.getvalue(), trouble, list(namespace))


def both(path: Path) -> tuple[CodeType, CodeType, RunsEverything]:
    """A file's own code, its linked rewrite, and the runtime that the latter calls."""
    source = path.read_bytes()
    linecache.checkcache(str(path))
    runtime = RunsEverything()
    rewritten = rewrite_module(source, str(path))
    assert rewritten.refusal is None
    return compile(source, str(path), "exec", dont_inherit=True), rewritten.linked(runtime), runtime


def check_equivalent(path: Path) -> RunsEverything:
    """Runs a file as it is and rewritten: the two show the same."""
    original, rewritten, runtime = both(path)
    expected = run(original)
    assert run(rewritten) == expected
    assert runtime.open == []
    return runtime


def readable(source: str, probes: Callable[[ast.Module], frozenset[ast.stmt]] | None = None) -> str:
    """The transformed tree as text: ENTER(3) for a call, RAN[5] for a mark, <3,1> for the sites of a RETURN."""
    tree = ast.parse(source)
    text = ast.unparse(transform(tree, survey(tree), probes=probes(tree) if probes else frozenset()))
    text = re.sub(r"'\\x00flor:sites:([\d,]+)'", lambda found: f"<{found[1]}>", text)
    text = re.sub(r"'\\x00flor:(?:site|function):(\d+)'", r"\1", text)
    return re.sub(r"'\\x00flor:(\w+)'", lambda found: found[1].upper(), text) + "\n"


def nested(code: CodeType) -> Iterator[CodeType]:
    """A code object and all that are in it, in the order of their constants."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from nested(constant)
