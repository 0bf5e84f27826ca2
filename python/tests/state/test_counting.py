"""Executions that are only counted: programs that run the same ways of leaving loops and calls over and over.

Whoever counts, Python or the native shortcut, counts the same, and the program shows what it shows by itself.
"""

from __future__ import annotations

import os
import textwrap
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from flor.runtime import ledger, loops
from flor.runtime.loops import LoopRuntime

from .. import native, simulation
from ..simulation import plain, record

# Nothing is worth a checkpoint, so everything is soon light.
NEVER = 1e9

PROGRAMS: dict[str, str] = {
    "loops in loops": """
        for i in range(40):
            for j in range(3):
                for k in range(2): pass
                while k: k -= 1
    """,
    "break and else": """
        log = []
        for i in range(60):
            for j in range(3):
                if j == i % 4: break
            else: log.append(i)
            while i % 3:
                i -= 1
                if i % 5 == 0: break
            else: log.append(-i)
        print(log)
    """,
    "an else inside of a loop that breaks": """
        log = []
        for i in range(50):
            for j in range(2):
                for k in range(i % 3):
                    if k: break
                else:
                    log.append((i, j))
                    break
            else: log.append(i)
        print(log)
    """,
    "continue into the next round of the outer loop": """
        total = 0
        for i in range(50):
            for j in range(3):
                if (i + j) % 2: continue
                total += i * j
        print(total)
    """,
    "calls": """
        def one(x): return x + 1
        def none(x): x += 1
        def both(x):
            if x % 2: return one(one(x))
            none(x)
        print([both(i) for i in range(60)])
    """,
    "returns out of loops": """
        def find(rows, wanted):
            for row in rows:
                for one in row:
                    if one == wanted: return one, len(row)
                else:
                    if len(row) == wanted: return row
            return None
        print([find([[1, 2], [3, 4, 5], []], i % 7) for i in range(80)])
    """,
    "recursion": """
        def depth(n):
            if n < 0: return 0
            for i in range(n % 3):
                if n > 4: return depth(n - 1) + 1
                depth(n - 2)
            else:
                return n and depth(n - 1)
            return 0
        print([depth(i % 9) for i in range(60)])
    """,
    "recursion in a finally": """
        log = []
        def f(n):
            try:
                if n % 2: return n
                log.append(n)
            finally:
                if n > 0: log.append(f(n - 1))
        print([f(i % 5) for i in range(60)], log)
    """,
    "returns through with and finally": """
        class Block:
            def __enter__(self): return self
            def __exit__(self, *error): return False
        def f(n):
            with Block():
                for i in range(3):
                    try:
                        if i == n: return i
                        with Block():
                            if i + n == 3: return -i
                    finally:
                        n += 0
            if n == 5: return "five"
        def g(n):
            try: return f(n)
            finally: f(n + 1)
        print([(f(i % 7), g(i % 6)) for i in range(60)])
    """,
    "a finally that changes its mind": """
        def f(n):
            for i in range(3):
                try:
                    return i
                finally:
                    if n % 3 == 0: break
                    if n % 3 == 1: continue
            return "end"
        def g(n):
            try: return n
            finally:
                if n % 2: return -n
        print([(f(i), g(i)) for i in range(60)])
    """,
    "a return that is taken back": """
        class Fails:
            def __enter__(self): return self
            def __exit__(self, *error): raise KeyError
        def jumps(n):
            for i in range(3):
                try: return i
                finally:
                    if n % 3: continue
            else: return "else"
        def fails(n):
            for i in range(3):
                try:
                    with Fails():
                        return i
                except KeyError:
                    if n % 3 == 1: break
                    if n % 3 == 2 and n: jumps(n - 1)
            else: return "else"
        def both(n):
            log = []
            for i in range(4):
                log.append((jumps(n), fails(n)))
                if i == n % 5: break
            else: log.append("else")
            return log
        print([both(i) for i in range(60)])
    """,
    "exceptions": """
        def thrower(n):
            for i in range(3):
                for j in range(2):
                    if i + j == n: raise ValueError(n)
            return n
        def through(n):
            for i in range(2): thrower(n)
        caught = []
        for i in range(60):
            try:
                for one in (i % 5, 1): through(one)
            except ValueError as error: caught.append(str(error))
            for j in range(2):
                try: thrower(j)
                except ValueError: continue
                finally: caught.append(j)
        print(caught)
    """,
    "exceptions in what a loop goes through": """
        def items(n):
            for i in range(n):
                yield i
            raise KeyError(n)
        for i in range(40):
            try:
                for one in items(i % 3): pass
            except KeyError as error: print(error)
    """,
    "generators left open": """
        def numbers(n):
            for i in range(n):
                for j in range(i):
                    yield j
        def first(n):
            for one in numbers(n): return one
        kept = []
        for i in range(40):
            opened = numbers(5)
            kept.append((next(opened), next(opened), first(i % 4)))
            if i % 2: kept.append(opened)
        print([one for one in kept if isinstance(one, tuple)], [next(one) for one in kept if not isinstance(one, tuple)])
    """,
    "generators that call": """
        def inner(n):
            for i in range(n): pass
            return n
        def values(n):
            for i in range(n):
                inner(i)
                yield inner(i + 1)
        for i in range(30):
            one, other = values(4), values(3)
            print(next(one), next(other), next(one), *other, *one)
    """,
    "special methods": """
        class Vector:
            def __init__(self, *items):
                self.items = []
                for one in items: self.items.append(one)
            def __len__(self): return len(self.items)
            def __getitem__(self, n): return self.items[n]
            def __call__(self, n):
                for one in self: n += one
                return n
        total = 0
        for i in range(50):
            vector = Vector(i, i + 1, 2)
            total += vector(i) + len(vector) + sum(one for one in vector)
        print(total)
    """,
    "sorting by a function of the project": """
        def key(pair):
            for one in pair:
                if one: return one
            return 0
        print([sorted([(0, 3), (2, 1), (0, 0)], key=key) for i in range(30)])
    """,
}


def recorded_with(shortcut: Any, source: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(simulation, "shortcut", shortcut)
    return record(source, NEVER)


def counts(recorded: Any) -> dict[Any, tuple[int, int]]:
    return {site.key: (site.begun, site.ended) for site in recorded.session.runtime.sites}


@pytest.mark.parametrize("name", PROGRAMS)
def test_both_ways_count_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = textwrap.dedent(PROGRAMS[name])
    in_python = recorded_with(simulation.no_shortcut, source, monkeypatch)
    natively = recorded_with(native.shortcut, source, monkeypatch)
    assert natively.text == in_python.text == plain(source)
    assert counts(natively) == counts(in_python)
    assert any(site.is_light for site in natively.session.runtime.sites)
    assert natively.session.runtime.stack == in_python.session.runtime.stack == []


class Mirror:
    """Hands each function of a runtime out as it is, and counts how often it is called.

    Not that of boundaries, which looks for the loop by the frame that calls it.
    """

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, columns: Any, marks: Any, seconds: float, functions: dict[str, Any]) -> dict[str, Any]:
        counted = {
            name: self._counted(function) for name, function in functions.items() if callable(function) and name != "boundary"
        }
        return native.shortcut(columns, marks, seconds, {**functions, **counted})

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self.calls += 1
            return function(*arguments)

        return call


def test_the_native_way_does_not_come_back_to_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand short executions at most the first few do."""
    source = (
        "x = 0\nfor i in range(1000):\n    for j in (1, 2):\n        x += j\n        if j > 5: break\n    else: x += 1\nprint(x)\n"
    )
    mirror = Mirror()
    recorded = recorded_with(mirror, source, monkeypatch)
    assert recorded.text == plain(source)
    assert mirror.calls < 4 * 20


def test_time_is_counted_where_it_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    source = textwrap.dedent("""
        import time
        def wait(n):
            for i in range(2): time.sleep(n)
        for i in range(20): wait(0.0001)
        for i in range(3): wait(0.005)
    """)
    for shortcut in (simulation.no_shortcut, native.shortcut):
        sites = {site.line: site for site in recorded_with(shortcut, source, monkeypatch).session.runtime.sites}
        assert sites[3].ended == sites[4].ended == 23
        assert 0.034 < sites[4].seconds <= sites[3].seconds < sites[5].seconds + sites[6].seconds
        assert not sites[3].is_light and not sites[4].is_light  # the last ones were long


@pytest.mark.usefixtures("counting")
def test_other_threads_are_not_followed() -> None:
    source = textwrap.dedent("""
        import threading
        def work(log):
            for i in range(50):
                for j in range(2):
                    if j == i % 3: break
                else: log.append(i)
            return log
        found = []
        def run(): found.append(work([]))
        for i in range(20): work([])
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads: thread.start()
        work([])
        for thread in threads: thread.join()
        print(found, work([]) in found)
    """)
    recorded = record(source, NEVER)
    assert recorded.text == plain(source)
    assert {site.line: site.ended for site in recorded.session.runtime.sites}[3] == 22
    assert threading.active_count() == 1


class Forks:
    """The runtime that is to be inert in a forked child; what is registered at a fork stays registered."""

    runtime: ClassVar[LoopRuntime | None] = None

    @classmethod
    def leave_child(cls) -> None:
        if cls.runtime is not None:
            cls.runtime.become_inert()


os.register_at_fork(after_in_child=Forks.leave_child)


@pytest.mark.usefixtures("counting")
def test_a_forked_child_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    source = textwrap.dedent("""
        import os
        def work(n):
            found = []
            for i in range(n):
                for j in range(2):
                    if j == i % 3: break
                else: found.append(i)
            return found
        for i in range(30): work(5)
        def fork():
            for i in range(3):
                child = os.fork()
                if child == 0:
                    for j in range(20):
                        if j > i: break
                    else: os._exit(2)
                    os._exit(3 if work(6) == [2, 5] else 4)
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), work(6))
        fork()
    """)
    chosen = simulation.shortcut

    def seen(columns: Any, marks: Any, seconds: float, functions: dict[str, Any]) -> dict[str, Any]:
        monkeypatch.setattr(Forks, "runtime", functions["enter"].__self__)
        return chosen(columns, marks, seconds, functions)

    recorded = recorded_with(seen, source, monkeypatch)
    assert recorded.text == "3 [2, 5]\n" * 3
    assert {site.line: site.ended for site in recorded.session.runtime.sites}[3] == 33


@pytest.mark.usefixtures("counting")
def test_a_signal_between_two_instructions_leaves_nothing_open() -> None:
    source = textwrap.dedent("""
        import signal
        class Alarm(Exception): pass
        def ring(*_): raise Alarm
        signal.signal(signal.SIGALRM, ring)
        def work():
            for i in range(5):
                for j in range(3): pass
        for i in range(30): work()
        rung = 0
        for i in range(50):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + 0.00001 * i)
                while True: work()
            except Alarm: rung += 1
        print(rung)
    """)
    recorded = record(source, NEVER)
    assert recorded.text == "50\n"
    assert recorded.session.runtime.stack == []


@pytest.mark.usefixtures("counting")
def test_more_open_executions_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the rest of the program is not followed, and the run says so."""
    source = "def f(n):\n    for i in range(1):\n        return n and f(n - 1)\nfor i in range(20): f(5)\nprint(f(200))\n"
    monkeypatch.setattr(ledger, "MAX_OPEN", 64)
    monkeypatch.setattr(loops, "MAX_OPEN", 64)
    with pytest.raises(AssertionError, match="nothing was followed any more when 64"):
        record(source, NEVER)
