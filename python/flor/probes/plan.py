"""Recorded numbers of loops and functions: for the present tree, and which of them the probes concern."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from flor.probes.cells import makers
from flor.probes.model import Alignment, Probe
from flor.probes.project_diff import ProjectDiff

# A loop or a function: the project file's path and the ordinal that it was recorded under.
Site = tuple[str, int]
# The ordinals of a tree's loops, and of those of its functions whose executions leave a mark.
Numbering = tuple[Mapping[ast.stmt, int], Mapping[ast.AST, int]]
LoopValue = TypeVar("LoopValue")
FunctionValue = TypeVar("FunctionValue")


def carry_numbers(
    alignment: Alignment, old_loops: Mapping[ast.stmt, LoopValue], old_functions: Mapping[ast.AST, FunctionValue]
) -> tuple[dict[ast.stmt, LoopValue], dict[ast.AST, FunctionValue]]:
    """The recorded loops and functions by their nodes in the present tree; what is new has no entry."""
    loops = {
        new: old_loops[old]
        for new, old in alignment.pairs.items()
        if isinstance(new, ast.stmt) and isinstance(old, ast.stmt) and old in old_loops
    }
    functions = {new: old_functions[old] for new, old in alignment.pairs.items() if old in old_functions}
    return loops, functions


def probed_functions(diff: ProjectDiff, numbers: Mapping[str, Numbering]) -> dict[Site, Probe]:
    """The numbered functions that contain a probe in their own text, each with the first one."""
    found: dict[Site, Probe] = {}
    for path, file in diff.files.items():
        _, functions = numbers[path]
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
    numbers = {path: number(file.old_tree) for path, file in diff.files.items()}
    found: dict[Site, str] = {}
    for path, probe in diff.probes:
        loops, functions = numbers[path]
        # A loop without a number is not instrumented, so that replay never skips it.
        for loop in filter(loops.__contains__, probe.loops):
            found.setdefault((path, loops[loop]), f"the probe at {path}:{probe.line} is inside the loop")
        if probe.lazy or (probe.function is not None and probe.function not in functions):
            for site in loops_ran:
                found.setdefault(site, f"the probe at {path}:{probe.line} is in code that any loop may have run")
    probed = probed_functions(diff, numbers)
    for site, ran in loops_ran.items():
        for function in sorted(probed.keys() & ran):
            where = f"{function[0]}:{probed[function].line}"
            found.setdefault(site, f"a function that ran under the loop contains the probe at {where}")
    for site, place in made_functions(diff, loops_ran, numbers).items():
        found.setdefault(site, f"the loop makes the function at {place}, in which a probe looks at what is around it")
    return found


def made_functions(
    diff: ProjectDiff, loops_ran: Mapping[Site, AbstractSet[Site]], numbers: Mapping[str, Numbering]
) -> dict[Site, str]:
    """The sites that make a function of which no record knows how it is now, each with the place of one: never restored."""
    found: dict[Site, str] = {}
    for path, file in diff.files.items():
        _, functions = numbers[path]
        for maker, line in makers(file).items():
            for site, ran in loops_ran.items():
                # A function without a number leaves no mark: any loop may have run it.
                if maker not in functions or (path, functions[maker]) in ran:
                    found.setdefault(site, f"{path}:{line}")
    return found
