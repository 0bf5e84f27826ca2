"""A random program as a small tree, and its text: as recorded, and with the probes in it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field

from .pool import HELPERS, OBJECTS
from .pool_numeric import NUMPY_OBJECTS, TORCH_OBJECTS

DEFINITIONS = {**OBJECTS, **NUMPY_OBJECTS, **TORCH_OBJECTS}
PROBE_HELPER = "def digest_of(value):\n    for part in [value]:\n        text = show(part)\n    return len(text), text[-40:]"
_NAME = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Line:
    """A statement without blocks of its own, perhaps of several lines. `calls` is what it costs besides."""

    text: str
    calls: int = 0


@dataclass(frozen=True)
class Probe:
    """What only the edited program has."""

    text: str


@dataclass(frozen=True)
class Compound:
    """A statement of one or more clauses; each of them runs up to `times` times."""

    clauses: tuple[tuple[str, tuple[Node, ...]], ...]
    times: int = 1


Node = Line | Probe | Compound


@dataclass(frozen=True)
class Function:
    """A function of the program. `own` are the pool's names that live in it, or in what is around it.

    A `method` has them in `self`, a `closure` in the cells of a function that makes it.
    """

    name: str
    kind: str  # function, generator, method or closure
    own: tuple[str, ...]
    body: tuple[Node, ...]


@dataclass(frozen=True)
class Program:
    """`names` are those of the pool that live in the module."""

    names: tuple[str, ...]
    functions: tuple[Function, ...]
    body: tuple[Node, ...]

    def text(self, *, edited: bool = False, pauses: bool = False) -> str:
        return Rendering(self, edited, pauses).text()

    @property
    def recorded(self) -> str:
        return self.text()

    @property
    def edited(self) -> str:
        return self.text(edited=True)


def cost(nodes: tuple[Node, ...]) -> int:
    """About how many statements run."""
    total = 0
    for node in nodes:
        if isinstance(node, Line):
            total += 1 + node.calls
        elif isinstance(node, Compound):
            total += 1 + node.times * sum(cost(body) for _, body in node.clauses)
    return total


def with_dependencies(names: list[str]) -> tuple[str, ...]:
    """The names and all that their definitions mention, in the order in which they can be defined."""
    wanted = set(names)
    for name in reversed(DEFINITIONS):
        if name in wanted:
            wanted.update(_NAME.findall(DEFINITIONS[name]))
    return tuple(name for name in DEFINITIONS if name in wanted)


@dataclass
class Scope:
    """Where the names of the pool live, seen from one function; `used` are those that belong to a function or module around it."""

    own: dict[str, str]
    around: Scope | None = None
    used: dict[str, str] = field(default_factory=dict)

    def place(self, name: str, declares: bool = True) -> str:
        if name in self.own:
            return self.own[name]
        if self.around is None:
            return name
        place = self.around.place(name, declares)
        if place == name and declares:  # a plain name: it may be assigned to only where it is declared
            self.used[name] = "nonlocal" if name in self.around.own and self.around.around is not None else "global"
        return place

    def filled(self, text: str, declares: bool = True) -> str:
        return _NAME.sub(lambda found: self.place(found[1], declares), text)


class Rendering:
    """Writes one program down."""

    def __init__(self, program: Program, edited: bool, pauses: bool) -> None:
        self._program, self._edited, self._pauses = program, edited, pauses

    def text(self) -> str:
        program, module = self._program, Scope({name: name for name in self._program.names})
        parts = [line for function in program.functions for line in self._function(function, module)]
        parts += [module.filled(DEFINITIONS[name]) for name in program.names]
        parts += [f"{one.name}_object = {one.name.title()}()" for one in program.functions if one.kind == "method"]
        parts += [f"{one.name} = make_{one.name}()" for one in program.functions if one.kind == "closure"]
        parts += self._block(program.body, module)
        shown = [name for name in program.names if name != "maybe"]
        parts += [f"print('end', {name!r}, show({name}))" for name in shown]
        parts += [f"print(show({one.name}_object))" for one in program.functions if one.kind == "method"]
        parts += [f"print(show({one.name}))" for one in program.functions if one.kind == "closure"]
        parts += ["print('drawn', random.random())", *(["print(torch.rand(1).item())"] if "torch" in "\n".join(parts) else [])]
        body = "\n".join(parts)
        return "\n".join([*self._helpers(body), body, ""])

    def _helpers(self, body: str) -> Iterator[str]:
        """What the text mentions, in the order of the pool; and what only probes mention."""
        wanted = _mentioned(body)
        yield "from fuzzshow import fresh, pause, show"
        if self._edited:
            yield PROBE_HELPER
            yield "import math as probe_math"
        yield from (HELPERS[name].strip() for name in HELPERS if name in wanted)

    def _function(self, function: Function, module: Scope) -> list[str]:
        name, own = function.name, function.own
        if function.kind == "method":
            scope = Scope({one: f"self.{one}" for one in own}, module)
            made = [scope.filled(DEFINITIONS[one]) for one in own] or ["pass"]
            lines = [f"class {name.title()}:", "    def __init__(self):", *_indented(["pass", *made], 2)]
            lines[2:2] = _indented(_declarations(scope), 2)
            inside = Scope(scope.own, module)
            return [*lines, *_indented(self._definition(f"def {name}(self, k):", function.body, inside, []))]
        scope = Scope({one: one for one in own}, module)
        made = [scope.filled(DEFINITIONS[one]) for one in own]
        if function.kind != "closure":
            return self._definition(f"def {name}(k):", function.body, scope, made)
        inner = self._definition(f"def {name}(k):", function.body, Scope({}, scope), [])
        return [f"def make_{name}():", *_indented([*_declarations(scope), *made, *inner, f"return {name}"])]

    def _definition(self, header: str, nodes: tuple[Node, ...], scope: Scope, made: list[str]) -> list[str]:
        body = self._block(nodes, scope)
        return [header, *_indented([*_declarations(scope), *made, *body])]

    def _block(self, nodes: tuple[Node, ...], scope: Scope) -> list[str]:
        lines = []
        for node in nodes:
            if isinstance(node, Compound):
                lines += self._compound(node, scope)
            elif isinstance(node, Line):
                lines.append(scope.filled(node.text))
            elif self._edited:
                lines.append(scope.filled(node.text, declares=False))
        return lines or ["pass"]

    def _compound(self, node: Compound, scope: Scope) -> list[str]:
        lines = []
        for header, body in node.clauses:
            clause = [scope.filled(header)]
            pause = ["pause()"] if self._pauses and header.startswith(("for ", "while ")) else []
            if not header.startswith("match "):
                clause += _indented([*pause, *self._block(body, scope)])
            lines += _indented(clause) if header.startswith("case ") else clause
        return lines


def _declarations(scope: Scope) -> list[str]:
    return [f"{kind} {name}" for name, kind in sorted(scope.used.items()) if name not in scope.own]


def _indented(lines: list[str], depth: int = 1) -> list[str]:
    return [textwrap.indent(line, "    " * depth) for line in lines]


def _mentioned(body: str) -> set[str]:
    """The helpers that a text mentions, and those that these mention. `random` is always there."""
    found = {"random"}
    pending = [body]
    while pending:
        words = set(re.findall(r"\w+", pending.pop()))
        new = (words & HELPERS.keys()) - found
        found |= new
        pending += [HELPERS[name] for name in new]
    return found
