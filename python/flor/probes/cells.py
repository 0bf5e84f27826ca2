"""Functions in which a probe looks at a variable around them that they did not keep when they were recorded.

Such a function has a cell more than the recorded one, of which the record says nothing: which of several functions made by one text
it is cannot be told from a state. So the loops that make such functions have to run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import CodeType

from flor.probes.project_diff import FileDiff

_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef)


def makers(file: FileDiff) -> dict[ast.AST, int]:
    """The recorded functions that make such a function, each with the present line of one that it makes."""
    if not file.alignment.probes:
        return {}
    before, after = _free_variables(file.old_tree), _free_variables(file.new_tree)
    present = {old: new for new, old in file.alignment.pairs.items() if isinstance(new, _NAMED)}
    found: dict[ast.AST, int] = {}
    for old, around in _nested(file.old_tree, ()):
        new = present.get(old)
        if new is not None and after.get(_place(new), frozenset()) - before.get(_place(old), frozenset()):
            for maker in around:
                found.setdefault(maker, new.lineno)
    return found


def _nested(node: ast.AST, around: tuple[ast.AST, ...]) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """Every function with those around it."""
    pending = [(node, around)]
    while pending:
        node, around = pending.pop()
        if isinstance(node, _NAMED):
            yield node, around
        inside = (*around, node) if isinstance(node, (*_NAMED, ast.Lambda)) else around
        pending += [(child, inside) for child in ast.iter_child_nodes(node)]


def _place(node: ast.AST) -> tuple[str, int]:
    """Name and first line, as a code object has them."""
    assert isinstance(node, _NAMED)
    return node.name, min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _free_variables(tree: ast.Module) -> dict[tuple[str, int], frozenset[str]]:
    found: dict[tuple[str, int], frozenset[str]] = {}
    pending = [compile(tree, "<probes>", "exec", dont_inherit=True)]
    while pending:
        code = pending.pop()
        place = code.co_name, code.co_firstlineno
        found[place] = found.get(place, frozenset()).union(code.co_freevars)
        pending += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return found
