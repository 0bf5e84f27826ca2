"""The loop sites and functions of one file, and the numbers they are known by.

Loops and functions are numbered together, in source order from 0: (path, ordinal) is the identity of a site in a run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


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
    """One `def`, `async def` or `lambda`.

    `refusal` says why its executions are not followed at all, `skip_refusal` why none of them is ever skipped; a function that is
    not followed has the first only. `only_marks`: it is not asked, its executions leave a mark and no more.
    `is_retirable`: its own code may take the place of the rewritten one, since no function is defined in it.
    """

    ordinal: int
    line: int
    first_line: int
    end_line: int
    column: int
    function: str
    refusal: str | None = None
    skip_refusal: str | None = None
    only_marks: bool = False
    is_retirable: bool = False


@dataclass(frozen=True)
class Survey:
    """The sites of one tree, by the node that each of them is; `refusal` if the file cannot be rewritten at all."""

    loops: dict[ast.stmt, LoopSite]
    functions: dict[ast.AST, FunctionSite]
    refusal: str | None = None


def described(site: LoopSite | FunctionSite) -> dict[str, Any]:
    """What `sites.jsonl` says of a site, its file's path left out."""
    found = {name: getattr(site, name) for name in ("ordinal", "line", "column", "function")}
    if isinstance(site, LoopSite):
        return {"kind": "loop", **found, "statement": site.statement, "refusal": site.refusal}
    return {"kind": "function", **found, "refusal": site.refusal or site.skip_refusal}


class Kind(IntEnum):
    """What has an ordinal in a file, as far as it matters when the site is entered; of an edited file some are not in use."""

    NONE = 0
    LOOP = 1
    CALL = 2
    CALL_NEVER_SKIPPED = 3
    RETIRABLE_CALL = 4
    RETIRABLE_CALL_NEVER_SKIPPED = 5


def kinds_of(sites: Iterable[LoopSite | FunctionSite]) -> bytes:
    """The kind of each ordinal, a byte each."""
    kinds = {site.ordinal: _kind(site) for site in sites}
    return bytes(kinds.get(ordinal, Kind.NONE) for ordinal in range(max(kinds, default=-1) + 1))


def _kind(site: LoopSite | FunctionSite) -> Kind:
    if isinstance(site, LoopSite):
        return Kind.LOOP
    if site.refusal is not None or site.skip_refusal is not None:
        return Kind.RETIRABLE_CALL_NEVER_SKIPPED if site.is_retirable else Kind.CALL_NEVER_SKIPPED
    return Kind.RETIRABLE_CALL if site.is_retirable else Kind.CALL
