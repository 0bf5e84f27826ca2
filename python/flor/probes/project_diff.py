"""The comparison of a whole project with its recorded sources."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from flor.probes.align import align
from flor.probes.model import Alignment, Caution, Probe, Refusal
from flor.probes.names import ScopeTable
from flor.probes.recursion import room_for_recursion

# MemoryError is what the parser raises for a text that is nested too deeply for its stack.
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


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
    except _UNREADABLE as error:
        return _unreadable(path, "the recorded text", error)
    try:
        new_tree = _compiled(present, path)
    except _UNREADABLE as error:
        return _unreadable(path, "the present text", error)
    try:
        alignment = align(old_tree, new_tree, _decoded(recorded), _decoded(present))
    except RecursionError as error:
        return _unreadable(path, "the text", error)
    return FileDiff(path, old_tree, new_tree, alignment)


def _unreadable(path: str, which: str, error: Exception) -> Refusal:
    if isinstance(error, (RecursionError, MemoryError)):
        return Refusal(None, None, "", "", f"{which} is nested too deeply to be compared", path=path)
    if not isinstance(error, SyntaxError):
        return Refusal(None, None, "", "", f"{which} is no Python: {error}", path=path)
    text = (error.text or "").strip()
    return Refusal(None, error.lineno, "", text, f"{which} is no Python: {error.msg}", path=path, error=error)


def _compiled(source: bytes, path: str) -> ast.Module:
    with warnings.catch_warnings(), room_for_recursion():
        warnings.simplefilter("ignore")
        tree = ast.parse(source, path)
        # Only compiling finds what the grammar lets pass, like `return` outside a function.
        compile(source, path, "exec", dont_inherit=True)
    return tree


def _decoded(source: bytes) -> str:
    """The text, to quote from: it has been parsed already, by rules that let pass more than the codec does."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return source.decode(encoding, errors="replace")


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
        except _UNREADABLE:
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
