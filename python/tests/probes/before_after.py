"""Before and after: the shapes in which the tests of the comparison write programs down."""

from __future__ import annotations

import ast
from textwrap import dedent

from flor.probes import Alignment, align
from flor.probes.plan import Numbering


def compare(old: str, new: str) -> Alignment:
    old, new = dedent(old), dedent(new)
    return align(ast.parse(old), ast.parse(new), old, new)


def reasons(old: str, new: str) -> list[str]:
    return [refusal.reason for refusal in compare(old, new).refusals]


def spell(nodes: list[ast.stmt]) -> list[str]:
    return [ast.unparse(node).split("\n")[0] for node in nodes]


def number(tree: ast.Module) -> Numbering:
    """The recorded ordinals: loops and functions in source order; a lambda leaves no mark and has none."""
    loops = [node for node in ast.walk(tree) if isinstance(node, (ast.For, ast.AsyncFor, ast.While))]
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    loops.sort(key=lambda node: (node.lineno, node.col_offset))
    functions.sort(key=lambda node: (node.lineno, node.col_offset))
    return {node: i for i, node in enumerate(loops)}, {node: i for i, node in enumerate(functions)}
