"""The loop sites and functions of one file, and the numbers they are known by.

A number is a position in source order: (path, kind, ordinal) is the identity of a site in a run.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class LoopSite:
    """One `for` or `while` statement; `refusal` says why it is left as the user wrote it."""

    ordinal: int
    line: int
    column: int
    end_line: int
    function: str
    statement: str
    has_return: bool
    refusal: str | None


@dataclass(frozen=True)
class FunctionSite:
    """One `def`, `async def` or `lambda`; `refusal` says why its executions leave no mark."""

    ordinal: int
    line: int
    first_line: int
    column: int
    function: str
    refusal: str | None = None


@dataclass(frozen=True)
class Survey:
    """The sites of one tree, by the node that each of them is; `refusal` if the file cannot be rewritten at all."""

    loops: dict[ast.stmt, LoopSite]
    functions: dict[ast.AST, FunctionSite]
    refusal: str | None = None
