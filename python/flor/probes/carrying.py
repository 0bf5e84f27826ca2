"""Probes that hand something on from one part of the program to another.

Workers of one replay execute different parts. What a probe computes is there in the worker that executes it, and in no other; so a
program whose probes keep something is executed by one worker.

    total = 0.0                 kept: the loop's body belongs to several workers, perhaps
    for batch in loader:
        total += norm(model)
        seen = norm(model)      not kept: each execution of the body begins anew
        print(seen)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flor.probes.project_diff import FileDiff, ProjectDiff

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# Functions and methods that leave something elsewhere: in a file, in a module, at an object of the program.
_KEEPING = frozenset(
    "open save savez savez_compressed savetxt savefig tofile dump to_csv to_parquet to_pickle write_text write_bytes mkdir "
    "makedirs SummaryWriter FileHandler setattr exec eval".split()
)
# The same, where not every worker comes by: what is set at the top of the program all of them set.
_SETTING = frozenset("setLevel setFormatter addHandler addFilter disable filterwarnings simplefilter warn seed putenv".split())
_SETTING_STARTS = ("set_", "use_", "enable_", "disable_")
_KEEPING_STARTS = ("register_", "add_scalar", "add_histogram", "add_image", "add_text")
# Calls whose value nobody can change afterwards, or that is the same everywhere.
_UNCHANGEABLE = frozenset("len int float str bool round abs hash id repr format getLogger item time perf_counter monotonic".split())


def what_is_kept(diff: ProjectDiff) -> str | None:
    """The first thing that a probe keeps for later, in words; None where there is none."""
    found = (f"{path}:{line} {why}" for path, file in diff.files.items() for line, why in _File(file).kept())
    first = next(found, None)
    return None if first is None else f"the probe at {first}"


def imported_modules(diff: ProjectDiff) -> set[str]:
    """What probes import, by the first part of its name."""
    found: set[str] = set()
    for file in diff.files.values():
        for probe in file.alignment.added:
            for node in ast.walk(probe.statement):
                if isinstance(node, ast.Import):
                    found.update(alias.name.partition(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])
    return found


@dataclass(frozen=True)
class _Place:
    """Where an added statement stands: `body` is that of the innermost loop, function or module, `scope` the function or module."""

    statement: ast.stmt
    body: list[ast.stmt]
    scope: ast.AST


class _File:
    def __init__(self, file: FileDiff) -> None:
        self._top = file.new_tree.body
        added = {probe.statement for probe in file.alignment.added}
        self._places = list(_places(file.new_tree, added))

    def kept(self) -> Iterator[tuple[int, str]]:
        for place in self._places:
            for node in ast.walk(place.statement):
                why = _keeps(node, everywhere=place.body is self._top)
                if why is not None:
                    yield getattr(node, "lineno", place.statement.lineno), why
        for name, scope in sorted({(name, place.scope) for place in self._places for name in _bound(place.statement)}, key=str):
            if not self._is_begun_anew(name, scope):
                first = next(place for place in self._places if name in _mentioned(place.statement))
                yield first.statement.lineno, f"keeps `{name}` for later"

    def _is_begun_anew(self, name: str, scope: ast.AST) -> bool:
        """Whether every execution of a body binds the name before it looks at it, or the value is the same for all."""
        mentions = [place for place in self._places if name in _mentioned(place.statement)]
        binding = [place for place in mentions if name in _bound(place.statement)]
        if len(binding) == 1 and _is_unchangeable(binding[0].statement):
            return True
        elsewhere = [place for place in mentions if place.scope is not scope and name not in _bound(place.statement)]
        here = [place for place in mentions if place.scope is scope]
        bodies = {id(place.body) for place in here}
        return not elsewhere and len(bodies) == 1 and _binds_first(here[0].body, name)


def _places(tree: ast.Module, added: set[ast.stmt]) -> Iterator[_Place]:
    pending: list[tuple[ast.AST, list[ast.stmt], ast.AST]] = [(tree, tree.body, tree)]
    while pending:
        node, body, scope = pending.pop()
        if isinstance(node, ast.stmt) and node in added:
            yield _Place(node, body, scope)
            continue
        if isinstance(node, (*_LOOPS, ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            scope = node
        pending += [(child, body, scope) for child in reversed(list(ast.iter_child_nodes(node)))]


def _keeps(node: ast.AST, everywhere: bool) -> str | None:
    """What an expression or statement leaves behind, in words. `everywhere`: every worker executes it."""
    if isinstance(node, ast.Call):
        name = _called(node)
        if name in _KEEPING or name.startswith(_KEEPING_STARTS):
            return f"calls `{name}`"
        if not everywhere and (name in _SETTING or name.startswith(_SETTING_STARTS)):
            return f"calls `{name}`"
        if name == "basicConfig" and any(keyword.arg == "filename" for keyword in node.keywords):
            return "writes a log file"
    elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
        return f"writes into `{ast.unparse(node)}`"
    elif isinstance(node, (ast.Global, ast.Nonlocal)):
        return f"declares `{node.names[0]}` to be {type(node).__name__.lower()}"
    elif isinstance(node, ast.ClassDef):
        return f"defines the class `{node.name}`"
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        defaults = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
        if node.decorator_list or not all(isinstance(one, ast.Constant) for one in defaults):
            return f"gives the function `{node.name}` a memory"
    return None


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _is_unchangeable(statement: ast.stmt) -> bool:
    """Whether it gives one name a value that nothing can change."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
        return False
    value = statement.value
    if isinstance(value, ast.Call):
        return _called(value) in _UNCHANGEABLE
    return isinstance(value, (ast.Constant, ast.JoinedStr)) or (
        isinstance(value, ast.Tuple) and all(isinstance(one, ast.Constant) for one in value.elts)
    )


def _binds_first(block: list[ast.stmt], name: str) -> bool:
    """Whether a block, from its beginning, binds the name before anything looks at it."""
    mentioning = [statement for statement in block if name in _mentioned(statement)]
    if not mentioning:
        return True
    first = mentioning[0]
    if isinstance(first, (ast.Assign, ast.AnnAssign)) and first.value is not None:
        return name in _bound(first) and name not in _names_in([first.value])
    if len(mentioning) > 1:  # what it binds it binds perhaps
        return False
    if isinstance(first, (ast.For, ast.AsyncFor)):
        return name not in _names_in([first.iter]) and (
            name in _names_in([first.target]) or (_binds_first(first.body, name) and _binds_first(first.orelse, name))
        )
    blocks = list(_blocks(first))
    inside = {id(statement) for one in blocks for statement in one}
    header = [node for node in ast.iter_child_nodes(first) if id(node) not in inside and not isinstance(node, ast.ExceptHandler)]
    return bool(blocks) and name not in _names_in(header) and all(_binds_first(one, name) for one in blocks)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
        return
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if block:
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives values in its own scope, functions and modules left out: those are the same for all."""
    return {node.id for node in _own_names([statement]) if not isinstance(node.ctx, ast.Load)}


def _mentioned(statement: ast.stmt) -> set[str]:
    return _names_in([statement])


def _names_in(nodes: Iterable[ast.AST]) -> set[str]:
    return {node.id for node in _own_names(nodes)}


def _own_names(nodes: Iterable[ast.AST]) -> Iterator[ast.Name]:
    """Names as they are meant where the nodes stand: what functions and comprehensions keep to themselves is left out."""
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node
        own = _kept_to_itself(node)
        yield from (one for one in _own_names(ast.iter_child_nodes(node)) if one.id not in own)


def _kept_to_itself(node: ast.AST) -> set[str]:
    if isinstance(node, _COMPREHENSIONS):
        return {one.id for part in node.generators for one in ast.walk(part.target) if isinstance(one, ast.Name)}
    if isinstance(node, _FUNCTIONS):
        arguments = {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
        if isinstance(node, ast.Lambda):
            return arguments
        return arguments | {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return set()
