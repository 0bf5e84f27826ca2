"""Where a probe stands in the recorded program, and so under which loops it runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from itertools import chain

from flor.probes.names import evaluated_outside
from flor.probes.shape import FUNCTIONS, LOOPS

_TRIES = (ast.Try, getattr(ast, "TryStar", ast.Try))
_SUSPENSIONS = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)


@dataclass(frozen=True)
class Place:
    """The scope, the innermost function and the loops around a point of the recorded text, as recorded nodes.

    `lazy`: since the function last left its mark, it may have been suspended here, and resumed under another loop.
    The mark is left where a function starts and at each iteration of a loop in it that suspends it.
    """

    scope: ast.AST
    function: ast.AST | None = None
    loops: tuple[ast.stmt, ...] = ()
    lazy: bool = False
    in_generator: bool = False

    def inside_function(self, function: ast.AST) -> Place:
        """A coroutine leaves no mark, a lambda has nowhere to leave one."""
        if not isinstance(function, ast.FunctionDef):
            return replace(self, scope=function, function=function, lazy=True, in_generator=False)
        in_generator = suspends(*function.body)
        return replace(self, scope=function, function=function, lazy=False, in_generator=in_generator)

    def inside_comprehension(self, comprehension: ast.AST) -> Place:
        """A generator expression runs when something asks it to, and leaves no mark."""
        return replace(self, scope=comprehension, lazy=self.lazy or isinstance(comprehension, ast.GeneratorExp))

    def inside_loop(self, loop: ast.stmt) -> Place:
        return replace(self, loops=(loop, *self.loops))

    def in_header(self, statement: ast.stmt) -> Place:
        """What a loop goes over, and its condition, are evaluated inside the loop's execution."""
        place = self.after(statement)
        return place.inside_loop(statement) if isinstance(statement, LOOPS) else place

    def after(self, statement: ast.stmt) -> Place:
        if self.lazy or not self.in_generator or not suspends(statement):
            return self
        return replace(self, lazy=True)


def place_of_block(owner: ast.AST, block: list[ast.stmt], earlier: list[list[ast.stmt]], place: Place) -> Place:
    """Where the statements of one block of a recorded statement (or module) stand, after its earlier blocks."""
    if isinstance(owner, FUNCTIONS):
        return place.inside_function(owner)
    if isinstance(owner, ast.ClassDef):
        return replace(place, scope=owner)
    if isinstance(owner, LOOPS):
        return _place_in_loop(owner, block, place)
    if isinstance(owner, _TRIES) and place.in_generator and suspends(*chain.from_iterable(earlier)):
        return replace(place, lazy=True)
    return place


def _place_in_loop(loop: ast.For | ast.AsyncFor | ast.While, block: list[ast.stmt], place: Place) -> Place:
    if block is loop.body:
        head = [loop.test] if isinstance(loop, ast.While) else [loop.target, loop.iter]
        marked = place.in_generator and suspends(*head, *block)
        return replace(place.inside_loop(loop), lazy=place.lazy and not marked)
    # An `else` that was recorded is run after a loop that was skipped. One that is new is not: what leads
    # to it was recorded for loops that had one only.
    return place.after(loop) if loop.orelse else place.after(loop).inside_loop(loop)


def suspends(*roots: ast.AST) -> bool:
    """Whether the function around may be suspended while it executes these statements."""
    pending: list[ast.AST | None] = list(roots)
    while pending:
        node = pending.pop()
        if isinstance(node, _SUSPENSIONS):
            return True
        if isinstance(node, FUNCTIONS):
            pending += evaluated_outside(node.args) + list(getattr(node, "decorator_list", []))
        elif node is not None:
            pending += ast.iter_child_nodes(node)
    return False
