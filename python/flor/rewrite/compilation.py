"""From a file's text to the unlinked code of its rewrite, and to what is known of its sites."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Any

from . import refusals
from .linking import link
from .silence import compile_silently, parse_silently
from .sites import FunctionSite, LoopSite, Survey, described, kinds_of
from .surveyor import survey as survey_of
from .transformer import Watched, transform

Bindings = Callable[[str], object]
Link = Callable[[CodeType, Any], CodeType]
_UNNAMED = b"\0"


@dataclass(frozen=True)
class Rewritten:
    """A file's unlinked code with its sites; `refusal` says why the whole file is the user's own code, if it is."""

    code: CodeType
    loops: tuple[LoopSite, ...]
    functions: tuple[FunctionSite, ...]
    refusal: str | None = None

    @cached_property
    def kinds(self) -> bytes:
        """The `Kind` of each ordinal."""
        return kinds_of(self._by_ordinal.values())

    @cached_property
    def lines(self) -> bytes:
        """The file's lines of `sites.jsonl`, each with a NUL for what all begin with: see `lines_of`."""
        described_sites = (described(self.site(ordinal)) for ordinal in self.ordinals)
        return b"".join(_UNNAMED + json.dumps(one).encode()[1:] + b"\n" for one in described_sites)

    def lines_of(self, path: str) -> bytes:
        """The lines of `sites.jsonl` of the file under this path."""
        return self.lines.replace(_UNNAMED, b'{"path": ' + json.dumps(path).encode() + b", ")

    @property
    def ordinals(self) -> list[int]:
        return sorted(self._by_ordinal)

    def site(self, ordinal: int) -> LoopSite | FunctionSite:
        return self._by_ordinal[ordinal]

    @cached_property
    def _by_ordinal(self) -> dict[int, LoopSite | FunctionSite]:
        sites: tuple[LoopSite | FunctionSite, ...] = (*self.loops, *self.functions)
        return {site.ordinal: site for site in sites}

    def linked(self, bindings: Bindings, link: Link = link) -> CodeType:
        """The code to run. A refused file's constants are all the user's own, whatever they look like."""
        return self.code if self.refusal is not None else link(self.code, bindings)


def compile_module(
    source: bytes,
    filename: str,
    *,
    tree: ast.Module | None = None,
    survey: Survey | None = None,
    probes: frozenset[ast.stmt] = frozenset(),
    watched: Watched | None = None,
) -> CodeType:
    """The rewrite's code, not yet linked. `survey` and `probes` speak of the nodes of `tree`, which is used up."""
    tree = parse_silently(source, filename) if tree is None else tree
    survey = survey_of(tree) if survey is None else survey
    return compile_silently(transform(tree, survey, probes=probes, watched=watched), filename)


def rewrite_module(source: bytes, filename: str) -> Rewritten:
    """Rewrites a file that python itself can compile: its warnings and errors are python's to show, before."""
    try:
        tree = parse_silently(source, filename)
        found = survey_of(tree)
        code = compile_module(source, filename, tree=tree, survey=found)
    except RecursionError:
        # Between a tree and code python recurses once more than from text to code, with less room.
        return Rewritten(compile_silently(source, filename), (), (), refusals.TREE_TOO_DEEP)
    loops, functions = tuple(found.loops.values()), tuple(found.functions.values())
    return Rewritten(code, loops, functions, found.refusal)
