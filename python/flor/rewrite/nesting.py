"""What lies inside a function's own text: its nodes without those of nested functions, and how deep its blocks go."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

# The compiler refuses a function with more than 20 blocks in each other. An instrumented loop costs two (its own and
# the `try` around it), an instrumented function too, and unwinding a `return` takes one or two for a moment.
MAXIMUM_DEPTH = 18
FUNCTION_DEPTH = 2

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


def returns_before_the_end(body: list[ast.stmt]) -> bool:
    """Whether a function of this body has a `return` after whose value `with` or `finally` still run."""
    pending = [(body, False)]
    while pending:
        statements, inside = pending.pop()
        for statement in statements:
            if isinstance(statement, ast.Return) and inside:
                return True
            if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                continue
            final = statement.finalbody if isinstance(statement, TRIES) else []
            runs_later = isinstance(statement, ast.With) or bool(final)
            pending.extend((nested, inside or (runs_later and nested is not final)) for nested in bodies(statement))
    return False


def goes_on_after_a_return(loop: ast.stmt) -> bool:
    """Whether the loop may go on although a `return` in it has computed its value.

    A `finally` that jumps takes the `return` back, and so does what catches an exception of a `with` or a `finally`.
    """
    assert isinstance(loop, (ast.For, ast.AsyncFor, ast.While))
    # Statements, whether an exception that comes from them is caught in the loop, and whether a `return` in them is taken back.
    pending = [(loop.body, False, False)]
    while pending:
        statements, is_caught, is_taken_back = pending.pop()
        for statement in statements:
            if isinstance(statement, ast.Return) and is_taken_back:
                return True
            if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                continue
            if isinstance(statement, ast.With):
                pending.append((statement.body, True, is_taken_back or is_caught or len(statement.items) > 1))
            elif isinstance(statement, TRIES):
                pending.extend(_parts_of_try(statement, is_caught, is_taken_back))
            else:
                pending.extend((nested, is_caught, is_taken_back) for nested in bodies(statement))
    return False


def _parts_of_try(statement: ast.Try, is_caught: bool, is_taken_back: bool) -> Iterator[tuple[list[ast.stmt], bool, bool]]:
    before = is_taken_back or (bool(statement.finalbody) and (is_caught or _jumps(statement.finalbody)))
    yield statement.body, is_caught or bool(statement.handlers), before
    for later in (*(handler.body for handler in statement.handlers), statement.orelse):
        yield later, is_caught, before
    yield statement.finalbody, is_caught, is_taken_back


def _jumps(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, (ast.Return, ast.Break, ast.Continue)) for node in own_nodes(body))


def defines_functions(body: list[ast.stmt]) -> bool:
    """Whether a statement of the body, however deep, is a `def` or a `class`."""
    return any(isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) for one in body for node in ast.walk(one))


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
