"""Follows loop executions: the functions that rewritten code calls.

Each thread has a stack of the executions that are open. Only the main thread's are measured and handed to the session: state is
captured between two instructions of one thread. In a forked child everything runs and nothing is measured.

A site whose executions are short is *light* after a while: it is counted and timed, and nothing else is done for it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from time import perf_counter
from types import FrameType
from typing import Any, Protocol

from .sites import FunctionMarks, Site

LIGHT_AFTER_EXECUTIONS = 16
LIGHT_BELOW_SECONDS = 0.001

NOTHING = object()


class Execution:
    """One open execution of a site."""

    __slots__ = ("before", "began", "exhausted", "lost_before", "marks", "number", "site")

    def __init__(self, site: Site, number: int) -> None:
        self.site = site
        self.number = number
        self.exhausted = False
        self.began = 0.0
        self.lost_before = 0.0
        self.marks: int | None = None
        self.before: Any = None


class Session(Protocol):
    """What recording and replaying answer differently."""

    lost_seconds: float

    def skip(self, site: Site, number: int, frame: FrameType) -> Skipped | None: ...

    def begin(self, execution: Execution) -> None: ...

    def end(self, execution: Execution, exit_kind: str, seconds: float, frame: FrameType, value: Any) -> None: ...

    def abandon(self, execution: Execution) -> None: ...


class Skipped:
    """How a skipped execution ended when it was recorded."""

    __slots__ = ("exit_kind", "value")

    def __init__(self, exit_kind: str, value: Any) -> None:
        self.exit_kind = exit_kind
        self.value = value


class LoopRuntime:
    """The loop sites of the process and their open executions."""

    def __init__(self, session: Session, marks: FunctionMarks) -> None:
        self.session = session
        self.marks = marks
        self.sites: list[Site] = []
        self.stack: list[Execution] = []
        self.is_inert = False
        self._main = threading.get_ident()
        self._others = threading.local()
        self._skipped = Skipped("normal", None)
        self._was_exhausted = False
        self.probe: Callable[[bool], None] = _ignore
        self.on_new_site: Callable[[Site], None] = _ignore

    def add_site(self, path: str, ordinal: int, line: int, function: str) -> Site:
        site = Site(len(self.sites), path, ordinal, line, function)
        self.sites.append(site)
        self.on_new_site(site)
        return site

    def bindings(self) -> dict[str, Callable[..., Any] | Any]:
        """The objects that stand for the names in rewritten code."""
        return {
            "enter": self.enter,
            "leave": self.leave,
            "abandon": self.abandon,
            "exhausted": self.exhausted,
            "was_exhausted": self.was_exhausted,
            "returned": self.returned,
            "value": self.value,
            "return": self.leave_by_return,
            "return_unsettled": self.leave_unsettled,
            "ran": self.marks.memory,
            "probe": self.probe,
        }

    # What rewritten code calls, in the order of a loop's life.

    def enter(self, index: int) -> bool:
        """Whether the loop is to run; False: it was skipped, and the state is as after it."""
        if self.is_inert or threading.get_ident() != self._main:
            self._other_stack().append(False)
            return True
        site = self.sites[index]
        number = site.begun
        site.begun = number + 1
        if not site.is_light:
            skipped = self.session.skip(site, number, sys._getframe(1))
            if skipped is not None:
                self._skipped = skipped
                self._was_exhausted = skipped.exit_kind == "normal"
                return False
        execution = Execution(site, number)
        self.stack.append(execution)
        if not site.is_light:
            execution.marks = self.marks.take()
            self.session.begin(execution)
        execution.lost_before = self.session.lost_seconds
        execution.began = perf_counter()
        return True

    def exhausted(self, index: int) -> None:
        """The loop ended because its iterator or its condition did."""
        if self.is_inert or threading.get_ident() != self._main:
            self._other_stack()[-1] = True
        else:
            self.stack[-1].exhausted = True

    def leave(self, index: int) -> None:
        """The loop ended, by itself or by `break`."""
        if self.is_inert or threading.get_ident() != self._main:
            self._others.exhausted = self._other_stack().pop()
            return
        execution = self._close(index)
        self._was_exhausted = execution is not None and execution.exhausted
        if execution is not None:
            self._end(execution, "normal" if execution.exhausted else "break", sys._getframe(1), NOTHING)

    def was_exhausted(self, index: int) -> bool:
        """Whether the `else` clause runs."""
        if self.is_inert or threading.get_ident() != self._main:
            return bool(self._others.exhausted)
        return self._was_exhausted

    def leave_by_return(self, indexes: tuple[int, ...], value: Any) -> Any:
        """`return value` from inside loops, the innermost first. Gives the value back."""
        for index in indexes:
            if self.is_inert or threading.get_ident() != self._main:
                self._other_stack().pop()
                continue
            execution = self._close(index)
            if execution is not None:
                self._end(execution, "return", sys._getframe(1), value)
        return value

    def leave_unsettled(self, indexes: tuple[int, ...], value: Any) -> Any:
        """Like `leave_by_return` where `finally` or `with` still has to run inside the loop."""
        for index in indexes:
            self.abandon(index)
        return value

    def abandon(self, index: int) -> None:
        """The loop is left by an exception, or in a way that cannot be skipped."""
        if self.is_inert or threading.get_ident() != self._main:
            stack = self._other_stack()
            if stack:
                stack.pop()
            return
        execution = self._close(index)
        if execution is not None:
            self._settle_marks(execution)
            self.session.abandon(execution)

    def returned(self, index: int) -> bool:
        """Asked after a skip: whether the loop was left by `return`."""
        return self._skipped.exit_kind == "return"

    def value(self, index: int) -> Any:
        """The value that the skipped loop returned."""
        value, self._skipped.value = self._skipped.value, None
        return value

    # Inside.

    def become_inert(self) -> None:
        """In a forked child: loops run and are not followed. Open executions of the parent are closed without a word."""
        self._others.stack = [execution.exhausted for execution in self.stack]
        self.is_inert = True

    def _other_stack(self) -> list[bool]:
        try:
            stack: list[bool] = self._others.stack
        except AttributeError:
            stack = self._others.stack = []
        return stack

    def _close(self, index: int) -> Execution | None:
        """The innermost open execution of a site, and none inside it left open.

        None where it was closed before: a `finally` may still break out of a loop that a `return` has begun to leave.
        """
        if all(execution.site.index != index for execution in self.stack):
            return None
        execution = self.stack.pop()
        while execution.site.index != index:
            self._settle_marks(execution)
            self.session.abandon(execution)
            execution = self.stack.pop()
        return execution

    def _end(self, execution: Execution, exit_kind: str, frame: FrameType, value: Any) -> None:
        site = execution.site
        lost = self.session.lost_seconds - execution.lost_before
        seconds = perf_counter() - execution.began - lost
        site.ended += 1
        site.seconds += seconds
        self._settle_marks(execution)
        if seconds >= LIGHT_BELOW_SECONDS:
            site.is_light = False
        elif site.ended >= LIGHT_AFTER_EXECUTIONS and site.checkpoints == 0:
            site.is_light = True
        if execution.marks is not None:
            self.session.end(execution, exit_kind, seconds, frame, value)

    def _settle_marks(self, execution: Execution) -> None:
        """Functions that ran in this execution also ran in the one around it."""
        if execution.marks is None:
            return
        here = self.marks.take()
        execution.site.ran |= here
        self.marks.put(here | execution.marks)


def _ignore(value: object) -> None:
    """Where nobody wants to know."""
