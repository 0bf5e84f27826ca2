"""Functions of every kind with loops in them, recorded and replayed; markers as in `marked`."""

from __future__ import annotations

import pytest

from .marked import check_loops

pytestmark = pytest.mark.usefixtures("counting")

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


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_with_loops(name: str) -> None:
    check_loops(FUNCTIONS[name])
