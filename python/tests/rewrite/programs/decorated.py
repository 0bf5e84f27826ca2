# ruff: noqa
# fmt: off
import contextlib
import dataclasses
import functools


def repeat(n):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for i in range(n):
                result = function(*args, **kwargs)
            return result

        return wrapper

    return decorate


@repeat(2)
@functools.lru_cache(maxsize=None)
def fibonacci(n: int = 3, /, *, scale=lambda: 2) -> int:
    """Doc."""
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    else:
        return a * scale()


@dataclasses.dataclass
class Point:
    x: int = 0

    def __post_init__(self):
        while self.x < 3:
            self.x += 1


@contextlib.contextmanager
def managed():
    for i in range(2):
        print("enter", i)
    try:
        yield i
    finally:
        while i:
            i -= 1
            print("exit", i)


with managed() as value:
    for j in range(2):
        with managed():
            print(value, j)
print(fibonacci(10), fibonacci.__doc__, fibonacci.__wrapped__.__wrapped__.__code__.co_firstlineno, Point(1))
print(fibonacci.__annotations__, repeat.__code__.co_consts[0])
functions = [lambda i=i: [i for _ in range(i)] for i in range(3)]
print([function() for function in functions], functions[0].__code__.co_name)


def constant():
    "only a docstring"


@functools.cache
def cached():
    """Only a docstring, and decorated."""


def ellipsis(): ...


def annotated(n):
    later: int
    global unused
    for x in [
        "a",
        "b",
    ]:
        n += x
    return n


def one_line(x): return [y for y in x] if x else None
def loop_line(x):
    for y in x: print(y)
    while x: x = x[1:]; print(x)


print(annotated(''), cached(), constant(), ellipsis(), one_line("ab"), loop_line("ab"), constant.__doc__)
