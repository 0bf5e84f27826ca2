"""Inserts the calls of the loop runtime into a tree; touches nothing else.

Which loops and functions, and under which numbers, is the survey's to say. The tree is changed in place, its own
statements stay the nodes that they were; so a tree is transformed once.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .nesting import TRIES, bodies, returns_before_the_end, suspends
from .placeholders import Generated
from .sites import Survey


@dataclass(frozen=True)
class Surroundings:
    """What stands around a statement in its function.

    `enclosing`, innermost first: the number of each instrumented loop, at last that of the function if its calls are followed, and
    None for each `with` and each `try` with a `finally`, where code still runs after a `return` has computed its value.
    `call`: the number of the function whose calls are followed. `mark`: that of one whose executions only leave a mark.
    """

    enclosing: tuple[int | None, ...] = ()
    call: int | None = None
    mark: int | None = None

    def within(self, block: int | None) -> Surroundings:
        return replace(self, enclosing=(block, *self.enclosing))


# Loops whose iterations are to be told, by ordinal, each with the variables whose values go with that.
Watched = Mapping[int, tuple[str, ...]]


def transform(
    tree: ast.Module, survey: Survey, *, probes: frozenset[ast.stmt] = frozenset(), watched: Watched | None = None
) -> ast.Module:
    """Rewrites `tree` and returns it. Loops and functions that `survey` does not know stay as they are."""
    return Transformer(survey, probes, watched or {}).run(tree)


class Transformer:
    """`_pending` holds the statement lists still to be rewritten: trees are deeper than Python recurses."""

    def __init__(self, survey: Survey, probes: frozenset[ast.stmt], watched: Watched) -> None:
        self._survey = survey
        self._probes = probes
        self._watched = watched
        self._pending: list[tuple[list[ast.stmt], Surroundings]] = []

    def run(self, tree: ast.Module) -> ast.Module:
        self._pending.append((tree.body, Surroundings()))
        while self._pending:
            body, around = self._pending.pop()
            body[:] = self._rewritten(body, around)
        return tree

    def _rewritten(self, body: list[ast.stmt], around: Surroundings) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for is_probe, group in itertools.groupby(body, key=self._probes.__contains__):
            if is_probe:
                result += _probes(list(group))
            else:
                result += itertools.chain.from_iterable(self._statement(statement, around) for statement in group)
        return result

    def _statement(self, statement: ast.stmt, around: Surroundings) -> list[ast.stmt]:
        if isinstance(statement, (ast.For, ast.While)):
            return self._loop(statement, around)
        if isinstance(statement, ast.Return):
            _settle(statement, around)
        elif isinstance(statement, ast.FunctionDef):
            self._function(statement)
        elif isinstance(statement, (ast.AsyncFunctionDef, ast.ClassDef)):
            self._follow(statement, Surroundings())
        elif isinstance(statement, ast.With):
            self._follow(statement, around.within(None))
        elif isinstance(statement, TRIES) and statement.finalbody:
            self._try_finally(statement, around)
        else:
            self._follow(statement, around)
        return [statement]

    def _follow(self, statement: ast.AST, inside: Surroundings) -> None:
        self._pending.extend((body, inside) for body in bodies(statement))

    def _loop(self, loop: ast.For | ast.While, around: Surroundings) -> list[ast.stmt]:
        site = self._survey.loops.get(loop)
        if site is None or site.refusal is not None:
            self._follow(loop, around)
            if around.mark is not None and suspends(loop):
                loop.body.insert(0, _place(loop.body, loop).mark(around.mark))
            return [loop]
        self._pending.append((loop.body, around.within(site.ordinal)))
        generated = Generated.at_first_instruction(loop)
        number = generated.site(site.ordinal)
        _tell_boundaries(loop, site.ordinal)
        orelse = loop.orelse
        if orelse:
            loop.orelse = [generated.statement(generated.call("exhausted", number))]
        leave = generated.statement(generated.call("leave", number))
        abandon = generated.statement(generated.call("abandon", number))
        skipped: list[ast.stmt] = []
        if site.has_return:
            value = _returned(generated, generated.call("value", number), around)
            skipped = [generated.condition(generated.call("returned", number), [generated.returning(value)], [])]
        entered = [generated.rescue([loop, leave], [abandon])]
        result: list[ast.stmt] = [generated.condition(generated.call("enter", number), list(entered), skipped)]
        if site.ordinal in self._watched:
            result = self._watch(loop, site.ordinal, result)
        if orelse:
            self._pending.append((orelse, around))
            result.append(generated.condition(generated.call("was_exhausted", number), orelse, []))
        return result

    def _watch(self, loop: ast.For | ast.While, ordinal: int, followed: list[ast.stmt]) -> list[ast.stmt]:
        """WATCH(k); try: FOLLOWED LOOP, with ITERATION(k, VALUES…) at the start of its body; finally: UNWATCH(k)"""
        generated = Generated.at_first_instruction(loop)

        def act(name: str, *values: ast.expr) -> ast.stmt:
            return generated.statement(generated.call(name, generated.site(ordinal), *values))

        loop.body.insert(0, act("iteration", *map(generated.name, self._watched[ordinal])))
        return [act("watch"), generated.finish(followed, [act("unwatch")])]

    def _function(self, function: ast.FunctionDef) -> None:
        site = self._survey.functions.get(function)
        if site is None or site.refusal is not None:
            self._pending.append((function.body, Surroundings()))
        elif site.only_marks:
            self._pending.append((function.body, Surroundings(mark=site.ordinal)))
            start = 1 if ast.get_docstring(function, clean=False) is not None else 0
            function.body.insert(start, _place(function.body[start:], function).mark(site.ordinal))
        else:
            self._followed_function(function, site.ordinal)

    def _followed_function(self, function: ast.FunctionDef, ordinal: int) -> None:
        start = 1 if ast.get_docstring(function, clean=False) is not None else 0
        body = function.body[start:]
        generated = _place(body, function)
        number = generated.site(ordinal)

        def act(name: str) -> list[ast.stmt]:
            return [generated.statement(generated.call(name, number))]

        final = act("settle") if returns_before_the_end(body) else None
        self._pending.append((body, Surroundings((ordinal,), call=ordinal)))
        body += act("leave_call")
        skipped: list[ast.stmt] = [generated.returning(generated.call("value", number))]
        rescued = generated.rescue(body, act("abandon"), final)
        function.body[start:] = [generated.condition(generated.call("call", number), [rescued], skipped)]

    def _try_finally(self, statement: ast.Try, around: Surroundings) -> None:
        for body in bodies(statement):
            self._pending.append((body, around if body is statement.finalbody else around.within(None)))


def _tell_boundaries(loop: ast.For | ast.While, ordinal: int) -> None:
    """The runtime hears of each iteration before it begins: `for T in ITERATE(k, IT)`, `while BOUNDARY(k) or C`.

    Python makes other objects of displays that a loop goes through: a tuple of a list, which is said here instead, and a frozenset
    of a set of constants, whose order may be another one. A `while` that never runs is no code at all.
    """
    if isinstance(loop, ast.While):
        if not (isinstance(loop.test, ast.Constant) and not loop.test.value):
            generated = Generated.at(loop.test)
            loop.test = generated.either(generated.call("boundary", generated.site(ordinal)), loop.test)
    elif not isinstance(loop.iter, ast.Set):
        generated = Generated.at(loop.iter)
        if isinstance(loop.iter, ast.List) and not any(isinstance(item, ast.Starred) for item in loop.iter.elts):
            loop.iter = generated.tuple(loop.iter.elts)
        loop.iter = generated.call("iterate", generated.site(ordinal), loop.iter)


def _settle(statement: ast.Return, around: Surroundings) -> None:
    """The loops and the function that this `return` leaves learn its value."""
    if any(site is not None for site in around.enclosing):
        generated = Generated.at(statement)
        statement.value = _returned(generated, statement.value or generated.constant(None), around)


def _returned(generated: Generated, value: ast.expr, around: Surroundings) -> ast.expr:
    """`value`, through RETURN for what it leaves at once, and RETURN_UNSETTLED for the loops further out.

    A function that does not end at once HOLDs the value until it does.
    """
    inner = [site for site in itertools.takewhile(lambda block: block is not None, around.enclosing) if site is not None]
    outer = [site for site in around.enclosing[len(inner) :] if site is not None]
    if inner:
        value = generated.call("return", generated.sites(inner), value)
    loops = [site for site in outer if site != around.call]
    if loops:
        value = generated.call("return_unsettled", generated.sites(loops), value)
    if around.call in outer:
        value = generated.call("hold", generated.site(around.call), value)
    return value


def _place(body: list[ast.stmt], owner: ast.stmt) -> Generated:
    """Where the first instruction of a body stands, so that a mark before it adds no line to those of the code."""
    for statement in body:
        is_bare_annotation = isinstance(statement, ast.AnnAssign) and statement.value is None
        if not is_bare_annotation and not isinstance(statement, (ast.Global, ast.Nonlocal)):
            return Generated.at_first_instruction(statement)
    return Generated.at_first_instruction(owner)


def _probes(statements: list[ast.stmt]) -> list[ast.stmt]:
    """PROBE(True), the statements, PROBE(False); what only binds a name to code stays outside, and texts stay first."""
    result: list[ast.stmt] = []
    for is_bare, group in itertools.groupby(statements, key=_is_bare):
        body = list(group)
        if is_bare:
            result += body
            continue
        generated = Generated.at(body[0])
        begin, end = (generated.statement(generated.call("probe", generated.constant(on))) for on in (True, False))
        result += [begin, generated.finish(body, [end])]
    return result


def _is_bare(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return isinstance(statement, (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, *definitions))
