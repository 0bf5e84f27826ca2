"""Control flow around, inside and out of loops: one program for each way, recorded and replayed, and which loops were restored.

Markers as in `test_programs`: each execution of a loop whose line ends in `# skip` is restored, each of one that ends in `# run` is
executed again, and `# probe` keeps a loop running, so that what was restored is executed on from. A loop without a marker
is no site, or some of its executions can be skipped and others cannot.
"""

from __future__ import annotations

import sys

import pytest

from .test_programs import check

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

FUNCTIONS = {
    "decorators": """
        import functools
        calls = []
        def counted(function):
            @functools.wraps(function)
            def inner(*args):
                calls.append(function.__name__)
                for attempt in range(2):  # skip
                    result = function(*args)
                return result
            inner.count = 0
            return inner
        def with_setting(n):
            return lambda function: lambda x: function(x + n)
        @counted
        @with_setting(10)
        def work(x):
            total = 0
            for i in range(3):
                total += x
            return total
        for epoch in range(3):  # probe
            work.count += 1
            print(work(epoch), calls, work.count)
    """,
    "methods of every kind": """
        class Counter:
            made = 0
            def __init__(self): self.total = 0
            def add(self, n):
                for i in range(n):  # skip
                    self.total += i
                return self
            @classmethod
            def make(cls):
                for i in range(2):  # skip
                    cls.made += 1
                return cls()
            @staticmethod
            def double(n):
                for i in range(2):  # skip
                    n += n
                return n
            @property
            def tenfold(self):
                value = 0
                for i in range(10):  # skip
                    value += self.total
                return value
            def __len__(self):
                n = 0
                while n < self.total:  # skip
                    n += 1
                return n
        counter = Counter()
        for epoch in range(3):  # probe
            other = Counter.make()
            print(counter.add(3).tenfold, len(counter), Counter.double(epoch), Counter.made, other.add(2).total)
    """,
    "nested functions and lambdas": """
        def outer(n):
            log = []
            def inner(k):
                for i in range(k):  # skip
                    log.append((n, i))
                return len(log)
            run = lambda k: inner(k) + inner(k + 1)
            for j in range(2):
                run(j)
            return run, log
        for epoch in range(3):  # probe
            run, log = outer(epoch)
            print(run(2), log)
    """,
    "comprehensions that call loops": """
        calls = 0
        def work(n):
            global calls
            for i in range(3):  # skip
                calls += n
            return calls
        for epoch in range(3):  # probe
            print([work(n) for n in range(3)], {n: work(n) for n in "ab" if False}, sum(work(n) for n in range(2)), calls)
    """,
    "recursion through a loop": """
        visited = []
        def walk(tree, depth=0):
            total = 0
            for child in tree:
                visited.append(depth)
                total += walk(child, depth + 1) if isinstance(child, list) else child
            return total
        for epoch in range(3):  # probe
            print(walk([1, [2, [3, epoch]], [4]]), visited)
    """,
    "recursion in the loop's condition": """
        def down(n):
            while n > 0 and down(n - 1) >= 0:
                n -= 1
            return n
        for epoch in range(4):  # probe
            print(down(epoch))
    """,
    "loops that call functions with loops": """
        total = 0
        def inner(n):
            global total
            for i in range(n):
                total += i
        def middle(n):
            for j in range(n):
                inner(j)
        for epoch in range(3):  # probe
            for k in range(3):  # skip
                middle(k + epoch)
            print(total)
    """,
    "generators with loops": """
        def numbers(n):
            for i in range(n):
                squares = 0
                for j in range(i):
                    squares += j
                yield squares
        for epoch in range(3):  # probe
            total = 0
            for value in numbers(4):  # skip
                total += value
            print(epoch, total, list(numbers(epoch)))
    """,
    "a generator that is in the middle": """
        def numbers():
            n = 0
            while True:
                yield n
                n += 1
        source, total = numbers(), 0
        for epoch in range(3):  # probe
            for i in range(3):  # run
                total += next(source)
            print(epoch, total)
    """,
    "iterators of one's own": """
        class Countdown:
            def __init__(self, n): self.n = n
            def __iter__(self): return self
            def __next__(self):
                if self.n == 0: raise StopIteration
                for i in range(1):
                    self.n -= 1
                return self.n
        for epoch in range(3):  # probe
            countdown = Countdown(4 + epoch); seen = []
            for value in countdown:  # skip
                seen.append(value)
                if value == 1: break
            print(value, countdown.n, seen, list(countdown))
    """,
    "a loop in a class body": """
        log = []
        def make(n):
            class Made:
                table = {}
                for i in range(n):
                    table[i] = n
            log.append(Made.table)
            return Made
        for epoch in range(3):  # probe
            made = make(epoch)
            for j in range(2):  # skip
                log.append(j)
            print(made.table, hasattr(made, "i"), log)
    """,
    "async functions": """
        import asyncio
        async def later(n):
            total = 0
            for i in range(n):
                await asyncio.sleep(0)
                total += i
            async for j in counting(2):
                total += j
            return total
        async def counting(n):
            for i in range(n):
                yield i
        total = 0
        for epoch in range(3):  # probe
            total += asyncio.run(later(epoch + 2))
            for i in range(2):  # skip
                total += i
            print(epoch, total)
    """,
    "a loop at the top that is the whole program": """
        total = 0
        for step in range(5):  # skip
            total += step
        print(step, total)
    """,
}


@pytest.mark.parametrize("name", EXITS)
def test_ways_out_of_a_loop(name: str) -> None:
    check(EXITS[name])


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_of_a_loop(name: str) -> None:
    check(STATEMENTS[name])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_with_loops(name: str) -> None:
    check(FUNCTIONS[name])


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
    check(UNBOUND.format("run" if sys.version_info >= (3, 12) else "skip"))
