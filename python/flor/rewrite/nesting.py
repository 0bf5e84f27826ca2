"""What lies inside a function's own text: its nodes without those of nested functions, and how deep its blocks go."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

# The compiler refuses a function with more than 20 blocks in each other. An instrumented loop costs two (its own and
# the `try` around it), and unwinding a `return` takes one or two for a moment.
MAXIMUM_DEPTH = 18

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
# `except*` came with Python 3.11.
TRIES: tuple[type[ast.Try], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))


def bodies(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    """The statement lists of a compound statement, those of its handlers and cases included."""
    for _, value in ast.iter_fields(statement):
        if not isinstance(value, list) or not value:
            continue
        if isinstance(value[0], ast.stmt):
            yield value
        elif isinstance(value[0], (ast.ExceptHandler, ast.match_case)):
            for part in value:
                yield part.body


def own_nodes(roots: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The nodes that the function around executes itself: of a nested one only what is evaluated where it stands."""
    pending = list(roots)
    while pending:
        node = pending.pop()
        yield node
        pending.extend(evaluated_outside(node) if isinstance(node, FUNCTIONS) else ast.iter_child_nodes(node))


def evaluated_outside(function: ast.AST) -> list[ast.AST]:
    """Of a function: its decorators, default values and annotations, which belong to the scope around it."""
    assert isinstance(function, FUNCTIONS)
    arguments = function.args
    outside: list[ast.AST | None] = [*arguments.defaults, *arguments.kw_defaults]
    if not isinstance(function, ast.Lambda):
        parameters = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
        outside += [*function.decorator_list, *parameters, function.returns, *type_parameters(function)]
    return [node for node in outside if node is not None]


def type_parameters(definition: ast.AST) -> list[ast.AST]:
    """What stands in the brackets of a generic function or class, from Python 3.12."""
    return list(getattr(definition, "type_params", ()))


def evaluated_inside(function: ast.AST) -> list[ast.AST]:
    assert isinstance(function, FUNCTIONS)
    return [function.body] if isinstance(function, ast.Lambda) else list(function.body)


def suspends(loop: ast.stmt) -> bool:
    """Whether a generator or coroutine may stop inside the loop; its `else` runs after it."""
    return any(isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await)) for node in own_nodes(executed_in(loop)))


def returns(loop: ast.stmt) -> bool:
    return any(isinstance(node, ast.Return) for node in own_nodes(executed_in(loop)))


def executed_in(loop: ast.stmt) -> list[ast.AST]:
    """Every part of a loop but its `else`."""
    assert isinstance(loop, (ast.For, ast.AsyncFor, ast.While))
    head: list[ast.AST] = [loop.test] if isinstance(loop, ast.While) else [loop.target, loop.iter]
    return [*head, *loop.body]


def depth(body: list[ast.stmt]) -> int:
    """At most how many blocks would be open at once in a function of this body, if all its loops were instrumented."""
    deepest = 0
    pending = [(body, 0)]
    while pending:
        statements, around = pending.pop()
        deepest = max(deepest, around)
        for statement in statements:
            if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                continue
            pending.extend((nested, around + _blocks(statement)) for nested in bodies(statement))
    return deepest


def _blocks(statement: ast.stmt) -> int:
    if isinstance(statement, (ast.For, ast.AsyncFor, ast.While)):
        return 2
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return len(statement.items)
    return 3 if isinstance(statement, TRIES) else 0
