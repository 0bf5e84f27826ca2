"""Random programs of nested control flow show the same whether they are rewritten or not."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rewriting import check_equivalent

SEEDS = int(os.environ.get("FLOR_TEST_SEEDS", "400"))
SEEDS_A_TEST = 50

PRELUDE = '''
import traceback
fuel = 120

def tick():
    """Bounds every loop and every recursion of the program."""
    global fuel
    fuel -= 1
    return fuel > 0

def coin(number):
    return (fuel * 7 + number) % 3 == 0

def consumed(result):
    return list(result) if hasattr(result, "send") else result

class Context:
    def __init__(self, swallows):
        self.swallows = swallows
    def __enter__(self):
        print("enter")
    def __exit__(self, kind, error, trace):
        print("exit", kind, error)
        return self.swallows

'''
FINALE = """
for function in functions:
    try:
        result = function()
        print("result", consumed(result))
    except (ValueError, KeyError) as error:
        print("error", error, [(frame.lineno, frame.name) for frame in traceback.extract_tb(error.__traceback__)])
    fuel = 120
print(sorted(name for name in globals() if not name.startswith("__")))
"""


@dataclass(frozen=True)
class Place:
    """Which statements may stand here."""

    depth: int = 0
    in_loop: bool = False
    in_function: bool = True
    in_generator: bool = False
    in_while: bool = False
    never_ends: bool = False  # a `continue` in a `finally` would swallow the error that ends a `while`

    def deeper(self, **changes: bool) -> Place:
        return replace(self, depth=self.depth + 1, **changes)


class Writer:
    """Draws a program, statement by statement; numbers make every printed line tell where it comes from."""

    def __init__(self, random: random.Random) -> None:
        self._random = random
        self._number = 0

    def _flip(self) -> bool:
        return self._random.random() < 0.5

    def program(self) -> str:
        functions = [f"f{n}" for n in range(self._random.randint(1, 3))]
        lines = [line for name in functions for line in self._function(name)]
        lines += self._body(Place(in_function=False))
        return PRELUDE + "\n".join(lines) + f"\nfunctions = [{', '.join(functions)}]\n" + FINALE

    def _function(self, name: str) -> list[str]:
        place = Place(in_generator=self._flip())
        return [f"def {name}():", *self._indented(place)]

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _body(self, place: Place) -> list[str]:
        count = self._random.randint(1, 3)
        return [line for _ in range(count) for line in self._statement(place)]

    def _indented(self, place: Place) -> list[str]:
        return ["    " + line for line in self._body(place)]

    def _statement(self, place: Place) -> list[str]:
        number = self._next()
        simple = [f"print({number})", f"if coin({number}): raise ValueError({number})", f"x{number % 4} = {number}"]
        if place.in_loop:
            simple += [f"if coin({number}): break", "break"] * 2
        if place.in_loop and not place.never_ends:
            simple += [f"if coin({number}): continue", "continue"] * 2
        if place.in_function:
            simple += [f"return print('value', {number}) or {number}", f"if coin({number}): return {number}", "return"]
            simple += [f"if tick() and coin({number}): print(consumed(f0()))"]
        if place.in_generator:
            simple += [f"yield {number}"] * 3
        compound = [self._for, self._while, self._try, self._if, self._with, self._match]
        if place.depth >= 5 or number > 100:
            compound = []
        drawn = self._random.randint(0, len(simple) + 3 * len(compound) - 1)
        return [simple[drawn]] if drawn < len(simple) else compound[(drawn - len(simple)) % 6](number, place)

    def _else(self, place: Place) -> list[str]:
        return ["else:", *self._indented(place.deeper())] if self._flip() else []

    def _for(self, number: int, place: Place) -> list[str]:
        head = f"for i{number % 3} in range({self._random.randint(0, 3)}):"
        return [
            head,
            "    if not tick(): break",
            *self._indented(place.deeper(in_loop=True, in_while=False, never_ends=False)),
            *self._else(place),
        ]

    def _while(self, number: int, place: Place) -> list[str]:
        head = self._random.choice([f"while tick() and not coin({number}):", "while tick():", "while True:"])
        guard = [f"    if not tick(): raise KeyError({number})"]
        return [
            head,
            *guard,
            *self._indented(place.deeper(in_loop=True, in_while=True, never_ends=False)),
            *self._else(place),
        ]

    def _if(self, number: int, place: Place) -> list[str]:
        return [f"if coin({number}):", *self._indented(place.deeper()), *self._else(place)]

    def _with(self, number: int, place: Place) -> list[str]:
        return [f"with Context({self._flip()}):", *self._indented(place.deeper())]

    def _match(self, number: int, place: Place) -> list[str]:
        cases = ["    case 0:", *("    " + line for line in self._indented(place.deeper()))]
        cases += ["    case _:", *("    " + line for line in self._indented(place.deeper()))]
        return [f"match fuel % {number % 2 + 1}:", *cases]

    def _try(self, number: int, place: Place) -> list[str]:
        lines = ["try:", *self._indented(place.deeper())]
        kind = self._random.randint(1, 3)
        if kind & 1:
            lines += ["except ValueError as error:", "    print(error)", *self._indented(place.deeper())]
            lines += self._else(place)
        if kind & 2:
            lines += ["finally:", f"    print('finally', {number})"]
            # Python copies a `finally` to every way out: in each other, they make it compile for minutes.
            lines += self._indented(replace(place, depth=place.depth + 3, never_ends=place.in_while))
        return lines


@pytest.mark.parametrize("first_seed", range(0, SEEDS, SEEDS_A_TEST))
def test_random_programs_show_the_same(first_seed: int, tmp_path: Path) -> None:
    entered = 0
    for seed in range(first_seed, first_seed + SEEDS_A_TEST):
        path = tmp_path / f"seed_{seed}.py"
        path.write_text(Writer(random.Random(seed)).program())
        entered += sum(event == "enter" for event, _ in check_equivalent(path).events)
    assert entered > SEEDS_A_TEST, "programs that enter no loop prove nothing"
