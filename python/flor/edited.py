"""The edited program under the numbers of the recorded one: what a replay runs."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from .probes import FileDiff, carry_numbers
from .project import RecordedFile
from .rewrite import FunctionSite, LoopSite, Rewritten, Survey, Watched, compile_module, survey
from .rewrite.silence import compile_silently, parse_silently


def rewrite_watched(filename: str, source: bytes, watched: Watched) -> Rewritten:
    """Rewritten code of a file that is as it was recorded, of whose loops some tell their iterations."""
    tree = parse_silently(source, filename)
    recorded = survey(tree)
    lasting = _lasting(recorded.functions, _lines_of(recorded.loops, watched))
    code = compile_module(source, filename, tree=tree, survey=replace(recorded, functions=lasting), watched=watched)
    return Rewritten(code, tuple(recorded.loops.values()), tuple(lasting.values()), recorded.refusal)


def rewrite_edited(file: FileDiff, filename: str, source: bytes, watched: Watched) -> Rewritten:
    """Rewritten code of an edited file: what was recorded has its recorded number, what is new has none. Uses up the trees."""
    recorded = survey(file.old_tree)
    loops, functions = carry_numbers(file.alignment, recorded.loops, recorded.functions)
    lasting = _lasting(functions, [probe.line for probe in file.alignment.probes] + _lines_of(loops, watched))
    carried = Survey(loops, lasting, recorded.refusal)
    probes = frozenset(probe.statement for probe in file.alignment.added)
    code = compile_module(source, filename, tree=file.new_tree, survey=carried, probes=probes, watched=watched)
    return Rewritten(code, tuple(carried.loops.values()), tuple(carried.functions.values()), recorded.refusal)


def _lines_of(loops: Mapping[ast.stmt, LoopSite], watched: Watched) -> list[int]:
    return [node.lineno for node, site in loops.items() if site.ordinal in watched]


def _lasting(functions: Mapping[ast.AST, FunctionSite], lines: list[int]) -> dict[ast.AST, FunctionSite]:
    """Python's own code tells neither what probes write nor where a loop is: functions with such lines must stay rewritten."""
    found: dict[ast.AST, FunctionSite] = {}
    for node, site in functions.items():
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        own = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        found[node] = replace(site, is_retirable=site.is_retirable and not any(line in own for line in lines))
    return found


def recorded_file(file: FileDiff, source: bytes) -> RecordedFile:
    """What the file was; `source` is its recorded text."""
    return RecordedFile(file.alignment.old_lines, compile_silently(source, file.path), file.alignment.new_names)
