"""Ways out of a loop: one program for each, recorded and replayed, and which loops were restored.

Markers as in `marked`. A loop without one is no site, or some of its executions can be skipped and others cannot.
"""

from __future__ import annotations

import pytest

from .marked import check_loops

pytestmark = pytest.mark.usefixtures("counting")

EXITS = {
    "return out of two loops": """
        def search(n):
            for row in range(5):  # skip
                for column in range(5):
                    if row * column == n:
                        return row, [column]
            return "none"
        for n in range(7):  # probe
            found = search(n)
            print(n, found, search(n) == found)
    """,
    "return of what the loop has made and the caller keeps": """
        class Box: pass
        kept = []
        def work(n):
            for i in range(3):  # skip
                box = Box(); box.n = n; kept.append(box)
                if i == 1:
                    return box
        for n in range(3):  # probe
            box = work(n)
            print(box is kept[-1], box.n, len(kept))
    """,
    "return without a value, and of a value that is None": """
        def work(n, log):
            while True:  # skip
                log.append(n)
                if n % 2: return
                return None
        log = []
        for n in range(4):  # probe
            print(work(n, log), log)
    """,
    "return through a finally": """
        log = []
        def work(n):
            for i in range(3):  # run
                try:
                    if i == 1: return n * 10
                finally:
                    log.append((n, i))
        for n in range(3):  # probe
            print(work(n), log)
    """,
    "return that a finally replaces": """
        def work(n):
            for i in range(3):
                try:
                    return "first"
                finally:
                    if n % 2: return "second"
        for n in range(4):  # probe
            print(work(n))
    """,
    "return that a finally breaks": """
        def work(n):
            for i in range(3):
                try:
                    return "inside"
                finally:
                    break
            return ("after", i, n)
        for n in range(3):  # probe
            print(work(n))
    """,
    "return out of a with": """
        import contextlib
        log = []
        @contextlib.contextmanager
        def scope(name):
            log.append("+" + name)
            try:
                yield name
            finally:
                log.append("-" + name)
        def work(n):
            for i in range(3):  # run
                with scope(f"{n}.{i}") as name:
                    if i == 1: return name
        for n in range(3):  # probe
            print(work(n), log[-2:], len(log))
    """,
    "return out of a loop in a with": """
        import contextlib
        def work(n):
            with contextlib.suppress(ValueError):
                for i in range(3):  # skip
                    if i == n: return i
                raise ValueError
            return "suppressed"
        for n in range(5):  # probe
            print(work(n))
    """,
    "break and continue": """
        total, passed = 0, []
        for epoch in range(4):  # probe
            for i in range(9):  # skip
                if i % 2: continue
                if i > epoch * 2: break
                total += i; passed.append(i)
            print(epoch, i, total, passed)
    """,
    "break in a try, continue in a finally": """
        log = []
        for epoch in range(3):  # probe
            for i in range(5):  # skip
                try:
                    if i == 3: break
                    if i == 1: raise KeyError(i)
                except KeyError as error:
                    log.append(error.args[0])
                finally:
                    log.append(-i)
                    if i == 0: continue
                log.append("end")
            print(epoch, i, log)
    """,
    "an exception that leaves the loop": """
        log = []
        def work(n):
            try:
                for i in range(3):
                    log.append(i)
                    if i == n: raise ValueError(n)
            except ValueError as error:
                return f"failed {error}"
            else:
                return "whole"
            finally:
                log.append("finally")
        for n in range(5):  # probe
            print(work(n), log)
    """,
    "an exception through two loops": """
        seen = []
        def work(n):
            for i in range(2):  # run
                for j in range(2):
                    seen.append((i, j))
                    if (i, j) == (1, 0): raise LookupError
        for n in range(3):  # probe
            try: work(n)
            except LookupError: print(n, seen)
    """,
    "an exception that is handled in the loop": """
        handled, last = [], None
        for epoch in range(3):  # probe
            for i in range(3):  # skip
                try:
                    {}[i]
                except KeyError as error:
                    handled.append(str(error)); last = type(error).__name__
            print(handled, last, "error" in globals())
    """,
    "loops in try, except, else and finally": """
        log = []
        def work(n):
            try:
                for i in range(2):  # skip
                    log.append(("try", n, i))
                if n % 2: raise OSError
            except OSError:
                for i in range(2):  # skip
                    log.append(("except", n, i))
            else:
                for i in range(2):  # skip
                    log.append(("else", n, i))
            finally:
                for i in range(2):  # skip
                    log.append(("finally", n, i))
            return i
        for n in range(4):  # probe
            print(work(n), len(log), log[-4:])
    """,
    "for and while with else": """
        log = []
        def work(n):
            for i in range(3):  # skip
                if i == n: break
            else:
                log.append(("for", i))
            k = 0
            while k < 3:  # skip
                k += 1
                if k == n: break
            else:
                log.append(("while", k))
            return i, k
        for n in range(5):  # probe
            print(work(n), log)
    """,
    "else of a loop that returns": """
        def work(n):
            for i in range(3):  # skip
                if i == n: return "found"
                if i + 10 == n: break
            else:
                return "else"
            return "broken off"
        for n in (0, 2, 11, 99, 1):  # probe
            print(work(n))
    """,
    "loops in an else": """
        total = 0
        for epoch in range(3):  # probe
            for i in range(2):  # skip
                total += i
            else:
                for j in range(3):  # skip
                    total += j * 100
                else:
                    total += 1000
            print(epoch, i, j, total)
    """,
}


@pytest.mark.parametrize("name", EXITS)
def test_ways_out_of_a_loop(name: str) -> None:
    check_loops(EXITS[name])
