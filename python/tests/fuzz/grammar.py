"""Which programs there are: strategies that draw the tree of one, so that a failure shrinks to a small program."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from . import fragments, fragments_numeric, pool, pool_numeric
from .loops import FOR_HEADERS, WHILE_HEADERS
from .program import Compound, Function, Line, Node, Probe, Program, cost, with_dependencies

MAX_TIMES = 30
MAX_COST_OF_CALLS = 60
MAX_DEPTH = 3
_NAME = re.compile(r"\$(\w+)")
_HOLE = re.compile(r"@(\w+)")
HOLES = {
    "int": fragments.INTEGERS + fragments_numeric.PURE_INTEGERS,
    "pure": fragments.PURE_INTEGERS + fragments_numeric.PURE_INTEGERS,
    "cond": fragments.CONDITIONS + fragments_numeric.CONDITIONS,
    "value": fragments.VALUES + fragments_numeric.VALUES,
}
STATEMENTS = fragments.STATEMENTS + fragments_numeric.STATEMENTS
PROBES = [
    "print('probe', @pure)",
    "print('probe', @shown)",
    "noted = @shown\nprint('probe', noted)",
    "for looked in range(2):\n    print('probe', looked, @shown)",
    "if @pure > 2:\n    print('probe', @shown)",
    "print('probe', digest_of(@shown))",
    "print('probe', probe_math.sqrt(@pure * @pure))",
    "from statistics import mean\nprint('probe', mean([@pure, @pure]))",
    "print('probe', random.getstate()[1][:2])",
    "with contextlib_of_probe.suppress(ZeroDivisionError):\n    print('probe', 1 // (@pure - @pure))",
]


@dataclass(frozen=True)
class Callee:
    """How a function of the program is called, and about how many statements then run."""

    call: str
    cost: int
    is_generator: bool = False


@dataclass(frozen=True)
class Place:
    """Where a statement stands, and what is there to work with."""

    names: tuple[str, ...]
    callees: tuple[Callee, ...] = ()
    integers: tuple[str, ...] = ()  # loop variables and parameters
    depth: int = 0
    times: int = 1
    loops: int = 0
    in_loop: bool = False
    in_function: bool = False
    in_generator: bool = False
    in_finally: bool = False
    probes: int = 0  # how many statements in a hundred have a probe before them

    def deeper(self, **changes: Any) -> Place:
        return replace(self, depth=self.depth + 1, **changes)

    def allows(self, text: str) -> bool:
        if ("torch." in text and "torch" not in self.libraries) or ("np." in text and "numpy" not in self.libraries):
            return False
        return all(name in self.names for name in _NAME.findall(text))

    @property
    def libraries(self) -> list[str]:
        known = {"torch": pool_numeric.TORCH_OBJECTS, "numpy": pool_numeric.NUMPY_OBJECTS}
        return [library for library, names in known.items() if not names.keys().isdisjoint(self.names)]


class Drawing:
    """Draws at one place after the other; each choice's first alternative is the simplest."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw

    def choose(self, alternatives: Any) -> Any:
        """By its number: where Hypothesis varies a program, the hash of what is drawn would take part, which no seed fixes."""
        return alternatives[self.number(0, len(alternatives) - 1)]

    def number(self, least: int, most: int) -> int:
        return int(self._draw(st.integers(least, most)))

    def chance(self, percent: int) -> bool:
        """False is the simpler one."""
        return bool(self._draw(st.integers(0, 99)) >= 100 - percent)

    def filled(self, text: str, place: Place) -> str:
        """Expressions put into the holes of a text."""
        for _ in range(3):  # an expression may have holes, too
            text = _HOLE.sub(lambda found: self._expression(found[1], place), text)
        return _HOLE.sub("1", text)

    def _expression(self, kind: str, place: Place) -> str:
        if kind == "shown":
            return f"show({', '.join('$' + self.choose(_shown(place.names)) for _ in range(self.number(1, 2)))})"
        known = [one for one in HOLES[kind] if place.allows(one)]
        if kind in ("int", "value"):
            known = [*known[:2], *place.integers, *known[2:]]
        if kind == "value":
            known += [one.call for one in place.callees if not one.is_generator and place.times * one.cost <= MAX_COST_OF_CALLS]
        return str(self.choose(known))

    def block(self, place: Place, least: int = 1, most: int = 3) -> tuple[Node, ...]:
        nodes = self._draw(st.lists(_statements(place), min_size=least, max_size=most))
        return tuple(node for some in nodes for node in some)

    def statement(self, place: Place) -> tuple[Node, ...]:
        """One statement, sometimes with a probe before it."""
        probe: tuple[Node, ...] = (self.probe(place),) if self.chance(place.probes) else ()
        kinds = [self.line] * 5 + [self.print, self.call]
        if place.in_loop or place.in_function:
            kinds += [self.leave]
        if place.depth < MAX_DEPTH:
            kinds += [self.conditional, self.handled, self.around, self.matched]
            if place.loops < 3 and place.times <= MAX_TIMES / 2:
                kinds += [self.loop] * (9 - 2 * place.depth)
        return (*probe, *self.choose(kinds)(place))

    def line(self, place: Place) -> tuple[Node, ...]:
        """Mostly one that works on what the program has of its own."""
        in_general = self.chance(15)
        known = [one for one in STATEMENTS if place.allows(one) and ("$" in one or one == "pass" or in_general)]
        return (Line(self.filled(self.choose(known), place)),)

    def print(self, place: Place) -> tuple[Node, ...]:
        return (Line(self.filled("print(@shown)", place)),)

    def probe(self, place: Place) -> Node:
        text = self.choose(PROBES).replace("contextlib_of_probe", "__import__('contextlib')")
        return Probe(self.filled(text, replace(place, integers=())))

    def call(self, place: Place) -> tuple[Node, ...]:
        """A function of the program is called, and what it gives is used."""
        affordable = [one for one in place.callees if place.times * one.cost <= MAX_COST_OF_CALLS and not one.is_generator]
        if not affordable:
            return self.line(place)
        callee = self.choose(affordable)
        uses = ["print('called', show(!))", "!", "$kept.append(!)", "$table['f'] = !", "$losses.append(!)", "$node.value = !"]
        uses += ["got = !\nprint(show(got))", "$metrics['f'] = !", "$space.f = [!]"]
        use = self.choose([one for one in uses if place.allows(one)])
        return (Line(use.replace("!", self.filled(callee.call, place)), callee.cost),)

    def leave(self, place: Place) -> tuple[Node, ...]:
        """An early exit, nearly always under a condition."""
        ways = ["raise Stop(@int)"] if self.chance(30) or (not place.in_loop and not place.in_function) else []
        if place.in_loop:
            ways = ["continue", "break", "break", *ways] if not place.in_finally else ways
        if place.in_function and not place.in_finally:
            ways += ["return" if place.in_generator else "return @value"] * 2
        if not ways:
            return (Line("pass"),)
        way = Line(self.filled(self.choose(ways), place))
        if self.chance(10):
            return (way,)
        return (Compound(((self.filled("if @cond:", place), (way,)),)),)

    def training(self, place: Place) -> tuple[Node, ...]:
        """An outer loop that a probe looks into, around a loop that it does not, or around one call (full-batch training)."""
        inside = place.deeper(times=3, loops=1, integers=("epoch",), in_loop=True, probes=0)
        unit = self.call if place.callees and self.chance(40) else self.loop
        body = (*unit(inside), *self.block(inside, most=2), self.probe(inside))
        return (Compound((("for epoch in range(3):", body),), 3),)

    def loop(self, place: Place) -> tuple[Node, ...]:
        times = self.number(1, 3)
        header, before, first, variable = self._header(place, times)
        integers = (*place.integers, variable) if variable else place.integers
        inside = place.deeper(times=place.times * times, loops=place.loops + 1, integers=integers, in_loop=True, in_finally=False)
        body = (*(Line(one) for one in first), *self.block(inside, most=max(1, 4 - inside.depth)))
        clauses = [(header, body)]
        if self.chance(25):
            clauses.append(("else:", self.block(place.deeper(), most=2)))
        after: tuple[Node, ...] = ()
        if variable and self.chance(25):
            after = (Line(f"try:\n    print('after', {variable})\nexcept NameError:\n    print('unbound')"),)
        return (*(Line(one) for one in before), Compound(tuple(clauses), times), *after)

    def _header(self, place: Place, times: int) -> tuple[str, list[str], list[str], str]:
        """Header, what stands before, what the body begins with, and the name of a number that the loop binds."""
        generators = [one for one in place.callees if one.is_generator and place.times * one.cost <= MAX_COST_OF_CALLS]
        headers = [one for one in FOR_HEADERS if place.allows(one.text)]
        headers += [one for one in WHILE_HEADERS if place.allows(one.text)]
        if generators and self.chance(30):
            source = self.filled(self.choose(generators).call, place)
            return f"for item{place.loops} in itertools.islice({source}, {times}):", [], [f"print(show(item{place.loops}))"], ""
        chosen = self.choose(headers)
        fill = {"!T": str(times), "!V": f"i{place.loops}", "!K": f"k{place.loops}"}
        return chosen.filled(fill)

    def conditional(self, place: Place) -> tuple[Node, ...]:
        clauses = [(self.filled("if @cond:", place), self.block(place.deeper(), most=2))]
        if self.chance(30):
            clauses.append(("else:", self.block(place.deeper(), most=2)))
        return (Compound(tuple(clauses)),)

    def handled(self, place: Place) -> tuple[Node, ...]:
        clauses = [("try:", self.block(place.deeper()))]
        kind = self.number(0, 2)
        if kind < 2:
            clauses.append(("except Stop as caught:", (Line("print('caught', caught)"), *self.block(place.deeper(), most=1))))
            if self.chance(20):
                clauses.append(("else:", self.block(place.deeper(), most=1)))
        if kind > 0:
            clauses.append(("finally:", self.block(place.deeper(in_finally=True), most=1)))
        return (Compound(tuple(clauses)),)

    def around(self, place: Place) -> tuple[Node, ...]:
        managers = ["Around(@int)", "Around(@int, True) as entered", "contextlib.suppress(Stop)", "decimal.localcontext()"]
        if "torch" in place.libraries:
            managers += ["torch.no_grad()", "torch.random.fork_rng()", "torch.enable_grad()"]
        manager = self.filled(self.choose(managers), place)
        return (Compound(((f"with {manager}:", self.block(place.deeper())),)),)

    def matched(self, place: Place) -> tuple[Node, ...]:
        patterns = ["case int(found):", "case [found, *others]:", "case {'a': found, **others}:", "case str() | None:"]
        if "node" in place.names:
            patterns.append("case Node(value=found):")
        chosen = [self.choose(patterns)] + (["case _:"] if self.chance(70) else [])
        cases = [(f"match {self.filled('@value', place)}:", ())]
        cases += [(one, self.block(place.deeper(), most=2)) for one in chosen]
        return (Compound(tuple(cases)),)


@st.composite
def _statements(draw: Any, place: Place) -> tuple[Node, ...]:
    return Drawing(draw).statement(place)


def _shown(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name != "maybe"] or ["n"]


@st.composite
def programs(draw: Any, *, numpy: bool = True, torch: bool = True) -> Program:
    """A whole program. Some of its names are of NumPy and PyTorch only where these are wanted."""
    drawing = Drawing(draw)
    names = _names(drawing, numpy, torch)
    functions: list[Function] = []
    place = Place(names, probes=drawing.choose([0, 3, 3, 8]))
    for number in range(drawing.number(0, 3)):
        function = _function(drawing, place, f"f{number}")
        functions.append(function)
        place = replace(place, callees=(*place.callees, _callee(function)))
    body = (*drawing.block(place, 0, 3), *drawing.training(place), *drawing.block(place, 0, 2))
    return Program(names, tuple(functions), body)


def _names(drawing: Drawing, numpy: bool, torch: bool) -> tuple[str, ...]:
    rare = pool.RARE | pool_numeric.RARE
    common = [name for name in pool.OBJECTS if name not in rare]
    chosen = ["n", *(drawing.choose(common) for _ in range(drawing.number(2, 6)))]
    if torch and drawing.chance(60):
        tensors = [name for name in pool_numeric.TORCH_OBJECTS if name not in rare]
        chosen += [drawing.choose(tensors) for _ in range(drawing.number(1, 4))]
    if numpy and drawing.chance(20):
        chosen += [drawing.choose(list(pool_numeric.NUMPY_OBJECTS)) for _ in range(drawing.number(1, 3))]
    if drawing.chance(15):
        chosen.append(drawing.choose(sorted(rare if torch else pool.RARE)))
    return with_dependencies(chosen)


def _function(drawing: Drawing, place: Place, name: str) -> Function:
    kind = drawing.choose(["function", "function", "method", "closure", "generator"])
    own = [one for one in place.names if drawing.chance(35)]
    inside = replace(place, integers=("k",), in_function=True, in_generator=kind == "generator", depth=1)
    body = drawing.block(inside, 1, 4)
    if kind == "generator":
        ends: tuple[Node, ...] = (Line(drawing.filled("yield @value", inside)), Line(drawing.filled("yield @value", inside)))
        body = (ends[0], *body, ends[1])
    elif drawing.chance(70):
        body = (*body, Line(drawing.filled("return @value", inside)))
    return Function(name, kind, with_dependencies(own) if own else (), body)


def _callee(function: Function) -> Callee:
    receiver = f"{function.name}_object." if function.kind == "method" else ""
    return Callee(f"{receiver}{function.name}(@int)", 1 + cost(function.body), function.kind == "generator")
