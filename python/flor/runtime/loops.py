"""Follows executions of loops and calls: the functions that rewritten code calls.

Each thread has a stack of the executions that are open. Only the main thread's are measured and handed to the session: state is
captured between two instructions of one thread. In a forked child everything runs and nothing is measured.

A site whose executions are short is *light* after a while: it is counted and timed, and nothing else is done for it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from time import perf_counter
from types import CodeType, FrameType
from typing import Any

from .arguments import held_arguments
from .boundaries import Boundaries
from .executions import NOTHING, Execution, Position, Session, Skipped
from .ledger import EXHAUSTED, FOLLOWED, HELD, IS_INERT, ITERATED, MAX_OPEN, WAS_EXHAUSTED, Ledger, Opened
from .retirement import RETIRE_AFTER_CALLS, Retirement
from .sites import FunctionMarks, Site, Sites

LIGHT_AFTER_EXECUTIONS = 16
LIGHT_BELOW_SECONDS = 0.001

Bindings = dict[str, Any]
# Takes the columns of the ledger, the memory of the marks, what is too long for a light execution, and functions by name.
# What it returns takes the place of some of them, and calls them where there is more to do than to count.
Shortcut = Callable[[tuple[Any, ...], Any, float, Bindings], Bindings]


def _ignore(value: object) -> None:
    """Where nobody wants to know."""


def _none(code: CodeType) -> None:
    """Where nobody knows the user's own code."""


def no_shortcut(columns: tuple[Any, ...], marks: Any, light_below_seconds: float, functions: Bindings) -> Bindings:
    return {}


class LoopRuntime:
    """The sites of the process and their open executions."""

    def __init__(
        self,
        session: Session,
        marks: FunctionMarks,
        own_code: Callable[[CodeType], CodeType | None] = _none,
        shortcut: Shortcut = no_shortcut,
    ) -> None:
        self.session = session
        self.marks = marks
        self.retirement = Retirement(marks, own_code)
        self.ledger = Ledger()
        self.sites = marks.sites = Sites(self.ledger, RETIRE_AFTER_CALLS)
        self._followed: list[Execution] = []  # of the open executions those that are more than counted
        self._main = threading.get_ident()
        self._others = threading.local()
        self._skipped = Skipped("normal", None)
        self.probe: Callable[[bool], None] = _ignore
        self.watchers: Bindings = {}
        self.boundaries = Boundaries(self, session.boundary)
        self._bindings = {**self._functions(), **self.boundaries.functions()}
        self._bindings.update(shortcut(self.ledger.columns(), marks.memory, LIGHT_BELOW_SECONDS, self._bindings))

    def bindings(self) -> Bindings:
        """The objects that stand for the names in rewritten code."""
        return {**self._bindings, "probe": self.probe, **self.watchers}

    def watch(self, begins: Callable[..., None], iteration: Callable[..., None], ends: Callable[..., None]) -> None:
        """Of the loops that the rewriting has told to, these hear of the main thread's iterations, each with the site's key."""

        def told(act: Callable[..., None]) -> Callable[..., None]:
            def tell(index: int, *values: Any) -> None:
                if not self.is_elsewhere():
                    act(self.sites[index].key, *values)

            return tell

        self.watchers = {"watch": told(begins), "iteration": told(iteration), "unwatch": told(ends)}

    @property
    def stack(self) -> list[Position]:
        """The open executions, the outermost first."""
        return [self._position(self.ledger.opened(place), place) for place in range(self.ledger.depth)]

    def _position(self, one: Opened, place: int) -> Position:
        iteration = self.ledger.open_count[place] - 1 if one.flags & ITERATED else None
        return Position(self.sites[one.site], one.number, iteration)

    @property
    def followed(self) -> list[Execution]:
        """Of the open executions those that are more than counted."""
        return list(self._followed)

    def lose(self, seconds: float) -> None:
        """Time that the program had to wait for us: it belongs to no execution."""
        self.ledger.lost[0] += seconds

    def _functions(self) -> Bindings:
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
            "call": self.call,
            "leave_call": self.leave_call,
            "hold": self.hold,
            "settle": self.settle,
            "ran": self.marks.memory,
        }

    # What rewritten code calls, in the order of a loop's life.

    def enter(self, index: int) -> bool:
        """Whether the loop is to run; False: it was skipped, and the state is as after it."""
        if self.is_elsewhere():
            self._other_stack().append(False)
            return True
        return self._begin(self.sites[index], sys._getframe(1))

    def _begin(self, site: Site, frame: FrameType) -> bool:
        if self.ledger.depth == MAX_OPEN:
            self.session.give_up(f"nothing was followed any more when {MAX_OPEN} executions were open in each other")
            self.become_inert()
            return self.enter(site.index) if not site.is_call else True
        number = site.begun
        site.begun = number + 1
        if site.is_light:
            self.ledger.push(site.index, number)
            return True
        skipped = self.session.skip(site, number, frame)
        if skipped is not None:
            self._skipped = skipped
            self.ledger.state[WAS_EXHAUSTED] = skipped.exit_kind == "normal"
            return False
        began = perf_counter()
        execution = Execution(site, number, self.marks.take())
        self.retirement.wake_for(site)
        self.session.begin(execution)
        if site.is_call:
            execution.arguments = held_arguments(frame)
        self._followed.append(execution)
        execution.opening_seconds = perf_counter() - began
        self.ledger.push(site.index, number, FOLLOWED | (ITERATED if execution.tells_iterations else 0), id(frame))
        return True

    def exhausted(self, index: int) -> None:
        """The loop ended because its iterator or its condition did."""
        if self.is_elsewhere():
            self._other_stack()[-1] = True
            return
        place = self.ledger.depth - 1
        if place >= 0 and self.ledger.open_site[place] == index:
            self.ledger.open_flags[place] |= EXHAUSTED

    def leave(self, index: int) -> None:
        """The loop ended, by itself or by `break`."""
        if self.is_elsewhere():
            self._others.exhausted = self._other_stack().pop()
            return
        frame = sys._getframe(1)
        closed = self._close(index, frame)
        is_exhausted = closed is not None and closed.flags & EXHAUSTED != 0
        self.ledger.state[WAS_EXHAUSTED] = is_exhausted
        if closed is not None:
            self._end(closed, "normal" if is_exhausted else "break", frame, NOTHING)

    def was_exhausted(self, index: int) -> bool:
        """Whether the `else` clause runs."""
        return bool(self._others.exhausted if self.is_elsewhere() else self.ledger.state[WAS_EXHAUSTED])

    def leave_by_return(self, indexes: tuple[int, ...], value: Any) -> Any:
        """`return value` from inside loops and a function, the innermost first. Gives the value back."""
        frame = sys._getframe(1)
        for index in indexes:
            self._return_from(index, frame, value)
        return value

    def _return_from(self, index: int, frame: FrameType, value: Any) -> None:
        if self.is_elsewhere():
            self._leave_other(index)
            return
        closed = self._close(index, frame)
        if closed is not None:
            self._end(closed, "return", frame, value)

    def leave_unsettled(self, indexes: tuple[int, ...], value: Any) -> Any:
        """Like `leave_by_return` where `finally` or `with` still has to run inside the loop."""
        frame = sys._getframe(1)
        for index in indexes:
            self._abandon(index, frame)
        return value

    def abandon(self, index: int) -> None:
        """The loop or the function is left by an exception, or in a way that cannot be skipped."""
        self._abandon(index, sys._getframe(1))

    def _abandon(self, index: int, frame: FrameType) -> None:
        if self.is_elsewhere():
            self._leave_other(index)
            return
        closed = self._close(index, frame)
        if closed is not None:
            self._drop(closed)

    def returned(self, index: int) -> bool:
        """Asked after a skip: whether the loop was left by `return`."""
        return self._skipped.exit_kind == "return"

    def value(self, index: int) -> Any:
        """The value that the skipped loop or function returned."""
        value, self._skipped.value = self._skipped.value, None
        return value

    # The same of a call. Of other threads' and forked children's calls nobody keeps a stack.

    def call(self, index: int) -> bool:
        """Whether the function is to run; False: it was skipped, and the state is as after it."""
        if self.is_elsewhere():
            self.marks.memory[index] = 1
            return True
        site = self.sites[index]
        if not self._begin(site, sys._getframe(1)):
            return False
        self.marks.memory[index] = 1  # only now: it ran in its own execution
        if site.is_retired:
            self.retirement.rest(site)
        return True

    def leave_call(self, index: int) -> None:
        """The function ended without a `return`."""
        self._return_from(index, sys._getframe(1), None)

    def hold(self, index: int, value: Any) -> Any:
        """`return value` where `finally` or `with` still has to run in the function. Gives the value back."""
        if self.is_elsewhere():
            return value
        frame = sys._getframe(1)
        place = self.ledger.find(index, id(frame))
        if place is not None:
            self.ledger.open_flags[place] |= HELD
            self.ledger.open_frame[place] = id(frame)
            execution = self.execution_at(place)
            if execution is not None:
                execution.held = value
        return value

    def settle(self, index: int) -> None:
        """The function ends: with the value that it holds, unless it has ended already."""
        if self.is_elsewhere():
            return
        frame = sys._getframe(1)
        place = self.ledger.find(index, id(frame))
        if place is None or not self.ledger.open_flags[place] & HELD or self.ledger.open_frame[place] != id(frame):
            return
        execution = self.execution_at(place)
        self._return_from(index, frame, NOTHING if execution is None else execution.held)

    # Inside.

    def become_inert(self) -> None:
        """In a forked child, and after the end: loops run and are not followed. Open executions are closed without a word."""
        opened = map(self.ledger.opened, range(self.ledger.depth))
        self._others.stack = [one.flags & EXHAUSTED != 0 for one in opened if not self.sites[one.site].is_call]
        self.ledger.state[IS_INERT] = True

    def is_elsewhere(self) -> bool:
        """In a forked child or a thread of the program's own."""
        return bool(self.ledger.state[IS_INERT]) or threading.get_ident() != self._main

    def _leave_other(self, index: int) -> None:
        stack = self._other_stack()
        if stack and not self.sites[index].is_call:
            stack.pop()

    def _other_stack(self) -> list[bool]:
        try:
            stack: list[bool] = self._others.stack
        except AttributeError:
            stack = self._others.stack = []
        return stack

    def execution_at(self, place: int) -> Execution | None:
        """Of an open execution what is known besides its numbers, if it is followed."""
        flags = self.ledger.open_flags[place : self.ledger.depth]
        return self._followed[-sum(one & FOLLOWED for one in flags)] if flags[0] & FOLLOWED else None

    def _close(self, index: int, frame: FrameType) -> Opened | None:
        """Takes an execution from the stack; none inside it is left open.

        None where it was closed before: a `finally` may still break out of a loop that a `return` has begun to leave.
        """
        place = self.ledger.find(index, id(frame))
        if place is None:
            return None
        self.drop_above(place)
        return self.ledger.pop()

    def drop_above(self, place: int) -> None:
        """What is still open inside the execution at a place was left in a way that nobody heard of."""
        while self.ledger.depth > place + 1:
            self._drop(self.ledger.pop())

    def _drop(self, closed: Opened) -> None:
        if closed.flags & FOLLOWED:
            execution = self._followed.pop()
            self._settle_marks(execution)
            if closed.flags & ITERATED:  # its place has no other execution yet
                execution.left_in = self.ledger.open_count[self.ledger.depth] - 1
            self.session.abandon(execution)

    def _end(self, closed: Opened, exit_kind: str, frame: FrameType, value: Any) -> None:
        site, covered_seconds = self.sites[closed.site], closed.covered_seconds
        seconds = self.ledger.clock - closed.began
        site.count(seconds)
        execution = self._followed.pop() if closed.flags & FOLLOWED else None
        if execution is not None:
            self._settle_marks(execution)
        if seconds >= LIGHT_BELOW_SECONDS:
            site.rest = max(0, site.rest - 1)
            site.is_light = not site.is_followed or site.rest > 0
        elif site.ended >= LIGHT_AFTER_EXECUTIONS and not site.has_checkpoints:
            site.is_light = True
        if execution is not None:
            execution.covered_seconds = covered_seconds
            self.session.end(execution, exit_kind, seconds, frame, value)
            covered_seconds = execution.covered_seconds
            site.is_light |= site.rest > 0
        elif self.retirement.is_due(site):
            self.retirement.consider(site, self.sites, frame.f_code)
        if self.ledger.depth:
            self.ledger.open_covered[self.ledger.depth - 1] += covered_seconds

    def tell_marks(self) -> None:
        """The open executions learn which functions have run in them so far."""
        marks = here = self.marks.take()
        for execution in reversed(self._followed):
            here |= self.retirement.resting_in(execution.site)
            execution.site.ran |= here
            here |= execution.marks
        self.marks.put(marks)

    def _settle_marks(self, execution: Execution) -> None:
        """Functions that ran in this execution also ran in the one around it."""
        here = self.marks.take() | self.retirement.resting_in(execution.site)
        execution.site.ran |= here
        self.marks.put(here | execution.marks)
