"""Recorded numbers of loops and functions: for the present tree, and which of them the probes concern."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from flor.probes.model import Alignment, Probe
from flor.probes.project_diff import ProjectDiff

# A loop or a function: the project file's path and the ordinal that it was recorded under.
Site = tuple[str, int]
# The ordinals of a tree's loops, and of those of its functions whose executions leave a mark.
Numbering = tuple[Mapping[ast.stmt, int], Mapping[ast.AST, int]]
Value = TypeVar("Value")


def carry_numbers(
    alignment: Alignment, old_loops: Mapping[ast.stmt, Value], old_functions: Mapping[ast.AST, Value]
) -> tuple[dict[ast.stmt, Value], dict[ast.AST, Value]]:
    """The recorded loops and functions by their nodes in the present tree; what is new has no entry."""
    loops = {
        new: old_loops[old]
        for new, old in alignment.pairs.items()
        if isinstance(new, ast.stmt) and isinstance(old, ast.stmt) and old in old_loops
    }
    functions = {new: old_functions[old] for new, old in alignment.pairs.items() if old in old_functions}
    return loops, functions


def probed_functions(diff: ProjectDiff, number: Callable[[ast.Module], Numbering]) -> dict[Site, Probe]:
    """The numbered functions that contain a probe in their own text, each with the first one."""
    found: dict[Site, Probe] = {}
    for path, file in diff.files.items():
        _, functions = number(file.old_tree)
        for probe in file.alignment.probes:
            if probe.function is not None and probe.function in functions:
                found.setdefault((path, functions[probe.function]), probe)
    return found


def must_run(
    diff: ProjectDiff, loops_ran: Mapping[Site, AbstractSet[Site]], number: Callable[[ast.Module], Numbering]
) -> dict[Site, str]:
    """The loop sites that replay has to execute, each with the reason.

    `loops_ran` has every loop site that was executed while recording, with the functions that ran under it; `number`
    gives the recorded ordinals of a recorded tree. A function that it leaves out is one that no loop is known to have
    run, so that every loop may have.
    """
    found: dict[Site, str] = {}
    for path, probe, loops, functions in _numbered(diff, number):
        # A loop without a number is not instrumented, so that replay never skips it.
        for loop in filter(loops.__contains__, probe.loops):
            found.setdefault((path, loops[loop]), f"the probe at {path}:{probe.line} is inside the loop")
        if probe.lazy or (probe.function is not None and probe.function not in functions):
            for site in loops_ran:
                found.setdefault(site, f"the probe at {path}:{probe.line} is in code that any loop may have run")
    probed = probed_functions(diff, number)
    for site, ran in loops_ran.items():
        for function in sorted(probed.keys() & ran):
            where = f"{function[0]}:{probed[function].line}"
            found.setdefault(site, f"a function that ran under the loop contains the probe at {where}")
    return found


def _numbered(
    diff: ProjectDiff, number: Callable[[ast.Module], Numbering]
) -> Iterator[tuple[str, Probe, Mapping[ast.stmt, int], Mapping[ast.AST, int]]]:
    for path, file in diff.files.items():
        loops, functions = number(file.old_tree)
        for probe in file.alignment.probes:
            yield path, probe, loops, functions
