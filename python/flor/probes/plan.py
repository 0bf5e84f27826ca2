"""The comparison of a whole project, and what it means for the loops that replay may skip."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeVar

from flor.probes.align import align
from flor.probes.model import Alignment, Caution, Probe, Refusal
from flor.probes.names import ScopeTable

# A loop or a function: the project file's path and the ordinal that it was recorded under.
Site = tuple[str, int]
# The ordinals of a tree's loops and of its functions, by node.
Numbering = tuple[Mapping[ast.stmt, int], Mapping[ast.AST, int]]
Value = TypeVar("Value")


@dataclass(frozen=True)
class FileDiff:
    """One project file that differs from its recorded text."""

    path: str
    old_tree: ast.Module
    new_tree: ast.Module
    alignment: Alignment


@dataclass(frozen=True)
class ProjectDiff:
    """The files that differ, and everything for which the program is refused."""

    files: dict[str, FileDiff]
    refusals: list[Refusal]

    @property
    def probes(self) -> list[tuple[str, Probe]]:
        return [(path, probe) for path, file in self.files.items() for probe in file.alignment.probes]

    @property
    def warnings(self) -> list[tuple[str, Caution]]:
        return [(path, caution) for path, file in self.files.items() for caution in file.alignment.warnings]


def diff_project(recorded: Mapping[str, bytes], present: Mapping[str, bytes]) -> ProjectDiff:
    """Compare each recorded file with its present text; files that were not recorded are no concern."""
    files: dict[str, FileDiff] = {}
    refusals: list[Refusal] = []
    for path in sorted(recorded):
        if path not in present:
            hint = "put it back as it was recorded"
            refusals.append(Refusal(None, None, "", "", "the recorded file is gone", hint, path))
        elif recorded[path] != present[path]:
            compared = _compare(path, recorded[path], present[path])
            if isinstance(compared, Refusal):
                refusals.append(compared)
                continue
            files[path] = compared
            refusals += (replace(refusal, path=path) for refusal in compared.alignment.refusals)
    refusals += _star_imports(files, recorded)
    return ProjectDiff(files, refusals)


def _compare(path: str, recorded: bytes, present: bytes) -> FileDiff | Refusal:
    try:
        old_tree = _compiled(recorded, path)
    except (SyntaxError, ValueError, RecursionError) as error:
        return _unreadable(path, "the recorded text", error)
    try:
        new_tree = _compiled(present, path)
    except (SyntaxError, ValueError, RecursionError) as error:
        return _unreadable(path, "the present text", error)
    try:
        alignment = align(old_tree, new_tree, _decoded(recorded), _decoded(present))
    except RecursionError:
        return Refusal(None, None, "", "", "the file is nested too deeply to be compared with its recorded text", path=path)
    return FileDiff(path, old_tree, new_tree, alignment)


def _unreadable(path: str, which: str, error: Exception) -> Refusal:
    if not isinstance(error, SyntaxError):
        return Refusal(None, None, "", "", f"{which} is no Python: {error}", path=path)
    text = (error.text or "").strip()
    return Refusal(None, error.lineno, "", text, f"{which} is no Python: {error.msg}", path=path, error=error)


def _compiled(source: bytes, path: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source, path)
        # Only compiling finds what the grammar lets pass, like `return` outside a function.
        compile(tree, path, "exec", dont_inherit=True)
    return tree


def _decoded(source: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return source.decode(encoding)


def _star_imports(files: Mapping[str, FileDiff], recorded: Mapping[str, bytes]) -> list[Refusal]:
    """A name that is new in a module is new wherever the program imports `*` from it."""
    public = {path: {name for name in file.alignment.new_names if name[0] != "_"} for path, file in files.items()}
    if not any(public.values()):
        return []
    refusals = []
    for importer, source in recorded.items():
        if b"import" not in source or b"*" not in source:
            continue
        try:
            tree = _compiled(source, importer)
        except (SyntaxError, ValueError, RecursionError):
            # Of this file's own comparison comes the refusal that says so, if it was touched.
            continue
        used = ScopeTable(tree).used(tree)
        for path in _star_sources(tree, public):
            for name in sorted(public[path] & used):
                reason = f"the added name `{name}` reaches `{importer}` through `import *`, which uses that name"
                refusals.append(Refusal(None, None, "", "", reason, "give it another name", path))
    return refusals


def _star_sources(tree: ast.Module, paths: Iterable[str]) -> list[str]:
    starred = {
        (node.module or "").rpartition(".")[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    }
    return [path for path in paths if _module_name(path) in starred]


def _module_name(path: str) -> str:
    pure = PurePosixPath(path)
    return pure.parent.name if pure.name == "__init__.py" else pure.stem


def carry_numbers(
    alignment: Alignment, old_loops: Mapping[ast.stmt, Value], old_functions: Mapping[ast.AST, Value]
) -> tuple[dict[ast.AST, Value], dict[ast.AST, Value]]:
    """The recorded loops and functions by their nodes in the present tree; what is new has no entry."""
    loops = {new: old_loops[old] for new, old in alignment.pairs.items() if old in old_loops}
    functions = {new: old_functions[old] for new, old in alignment.pairs.items() if old in old_functions}
    return loops, functions


def probed_functions(diff: ProjectDiff, number: Callable[[ast.Module], Numbering]) -> dict[Site, Probe]:
    """The recorded functions that contain a probe in their own text, each with the first one."""
    found: dict[Site, Probe] = {}
    for path, file in diff.files.items():
        _, functions = number(file.old_tree)
        for probe in file.alignment.probes:
            if probe.function is not None:
                found.setdefault((path, functions[probe.function]), probe)
    return found


def must_run(
    diff: ProjectDiff,
    loops_ran: Mapping[Site, AbstractSet[Site]],
    number: Callable[[ast.Module], Numbering],
) -> dict[Site, str]:
    """The loop sites that replay has to execute, each with the reason.

    `loops_ran` has every loop site that was executed while recording, with the functions that ran under it;
    `number` gives the recorded ordinals of a recorded tree.
    """
    found: dict[Site, str] = {}
    for path, file in diff.files.items():
        loops, _ = number(file.old_tree)
        for probe in file.alignment.probes:
            for loop in probe.loops:
                found.setdefault((path, loops[loop]), f"the probe at {path}:{probe.line} is inside the loop")
    probed = probed_functions(diff, number)
    for site, ran in loops_ran.items():
        for function in sorted(probed.keys() & ran):
            where = f"{function[0]}:{probed[function].line}"
            found.setdefault(site, f"a function that ran under the loop contains the probe at {where}")
    for path, probe in diff.probes:
        if probe.lazy:
            for site in loops_ran:
                found.setdefault(site, f"the probe at {path}:{probe.line} is in a generator, which any loop may resume")
    return found
