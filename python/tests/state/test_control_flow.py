"""Statements in and around loops, recorded and replayed; markers as in `marked`."""

from __future__ import annotations

import sys

import pytest

from .marked import check_loops

pytestmark = pytest.mark.usefixtures("counting")

STATEMENTS = {
    "match": """
        counts = {}
        for epoch in range(3):  # probe
            for item in [1, "a", (1, 2), {"k": 5}, [7, 8, 9], None]:  # skip
                match item:
                    case int(): kind = "int"
                    case str() as text: kind = text
                    case (a, b): kind = f"pair {a}"
                    case {"k": value}: kind = f"k {value}"
                    case [first, *rest]: kind = f"{first} and {len(rest)}"
                    case _: kind = "other"
                counts[kind] = counts.get(kind, 0) + epoch
            print(counts, kind, text, a, b, value, first, rest)
    """,
    "loops in the cases of a match": """
        log = []
        def work(command):
            match command:
                case ("up", n):
                    for i in range(n):  # skip
                        log.append(i)
                case ("down", n) if n > 1:
                    while n:  # skip
                        n -= 1; log.append(-n)
                case other:
                    for i, n in [other]:  # skip
                        log.append(i)
            return n
        for epoch in range(3):  # probe
            print(work(("up", epoch)), work(("down", epoch + 2)), work(("stay", 1)), log)
    """,
    "walrus": """
        source, seen = list(range(12)), []
        for epoch in range(3):  # probe
            while (item := source.pop()) % 4:  # skip
                seen.append(half := item / 2)
                if any((found := x) > 4 for x in seen): pass
            print(epoch, item, half, found, seen, len(source))
    """,
    "star targets and nested targets": """
        log = []
        for epoch in range(3):  # probe
            for first, *middle, last in [(1, 2, 3, 4), "ab", [epoch, epoch + 1, epoch + 2]]:  # skip
                log.append((first, middle, last))
            for (a, (b, *c)), d in [((1, (2, 3, 4)), 5), ((epoch, "xyz"), 6)]:  # skip
                log.append((a, b, c, d))
            print(first, middle, last, a, b, c, d, len(log))
    """,
    "targets that are items, attributes and slices": """
        class Box: pass
        box, table, items = Box(), {}, [0, 0, 0]
        for epoch in range(3):  # probe
            for box.value in range(epoch, 4):  # skip
                pass
            for table[epoch] in "abc"[epoch:]:  # skip
                pass
            for items[epoch], items[:0] in [(1, [2]), (3, [])]:  # skip
                pass
            print(box.value, table, items)
    """,
    "loop variables used afterwards": """
        def work(n):
            i = "before"
            for i in range(n):  # skip
                j = i
            return i, "j" in locals()
        for epoch in range(3):  # probe
            for k, v in {"x": epoch}.items():  # skip
                pass
            print(work(epoch), k, v)
    """,
    "names first bound in the loop": """
        def work(n):
            for i in range(3):  # skip
                if i == n: late = i
                import math as m
                def local(): return i
            try: return late, m.pi > 3, local()
            except UnboundLocalError: return "unbound", local()
        for n in range(5):  # probe
            print(work(n))
    """,
    "a class made in the loop": """
        def work(n):
            for i in range(3):  # run
                class Made: held = i + n
            return Made
        for n in range(3):  # probe
            print(work(n).held, work(n)().held)
    """,
    "global and nonlocal": """
        total = 0
        def outer():
            held = []
            def work(n):
                global total, born
                nonlocal held
                for i in range(3):  # skip
                    total += i; born = n; held = held + [n]
                return len(held)
            return work
        work = outer()
        for n in range(3):  # probe
            print(work(n), total, born)
    """,
    "augmented assignment and chains": """
        a = b = []; c = d = 0
        for epoch in range(3):  # probe
            for i in range(3):  # skip
                a += [i]; c = d = c + i; c, d = d, c
            print(a is b, a, c, d)
    """,
    "assert, pass and an empty loop": """
        for epoch in range(3):  # probe
            for i in range(3): pass  # skip
            for j in (): pass  # skip
            while False: pass  # skip
            assert i == 2
            print(epoch, i, "j" in globals())
    """,
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_of_a_loop(name: str) -> None:
    check_loops(STATEMENTS[name])


UNBOUND = """
    def work(n):
        gone, kept = "here", n
        for i in range(3):  # {}
            if i == 1: del gone
        del i
        try: return gone
        except UnboundLocalError: return "unbound", kept
    for n in range(3):  # probe
        for i in range(2):  # skip
            fleeting = i
            if i: del fleeting
        print(work(n), "fleeting" in globals(), i)
"""


def test_names_that_the_loop_unbinds() -> None:
    """Locals cannot be unbound from outside since Python 3.12: there the loop is executed again."""
    check_loops(UNBOUND.format("run" if sys.version_info >= (3, 12) else "skip"))
