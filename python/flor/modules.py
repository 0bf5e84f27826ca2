"""Gives every project file its rewritten code, and every loop and function of it a number in this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType
from typing import Any

from .project import Project, ProjectFile, RecordedFile
from .rewrite import Rewritten, link
from .rewrite.compilation import Link
from .rewrite.placeholders import PREFIX
from .runtime.loops import LoopRuntime

Rewrite = Callable[[str, str, bytes], "Rewritten | None"]
Noted = Callable[["LoadedFile"], None]


class LoadedFile:
    """A project file that is about to run."""

    def __init__(self, path: str, filename: str, module: str, source: bytes, rewritten: Rewritten) -> None:
        self.path, self.filename, self.module, self.source = path, filename, module, source
        self.rewritten = rewritten


class ModuleLoader:
    """`load` is what the importer and the host call. `rewrite` may decline a file; `noted` hears of each one."""

    def __init__(
        self, root: str, project: Project, runtime: LoopRuntime, rewrite: Rewrite, noted: Noted, link: Link = link
    ) -> None:
        self.root = root
        self.project = project
        self.runtime = runtime
        self._rewrite = rewrite
        self._noted = noted
        self._link = link
        self._folders: dict[str, str] = {}
        self.main_names: tuple[str, ...] = ()
        self.recorded: Callable[[str], RecordedFile | None] = lambda path: None

    def path_of(self, filename: str) -> str:
        """The file's path below the project's root, as it is called in the run."""
        if os.path.islink(filename):
            return os.path.relpath(os.path.realpath(filename), self.root)
        folder, name = os.path.split(filename)
        below = self._folders.get(folder)
        if below is None:
            below = self._folders[folder] = os.path.relpath(os.path.realpath(folder), self.root)
        return os.path.normpath(os.path.join(below, name))

    def load(self, module: str, filename: str, source: bytes) -> CodeType | None:
        """Linked code of a file; None where it is to run as the user wrote it."""
        if module in self.main_names:
            module, self.main_names = "__main__", ()  # `runpy` loads it by its own name and runs it by this one
        path = self.path_of(filename)
        rewritten = self._rewrite(path, filename, source)
        if rewritten is None:
            return None
        file = LoadedFile(path, filename, module, source, rewritten)
        self._noted(file)
        code = rewritten.linked(self._bindings(file), self._link)
        self.project.add(ProjectFile(filename, path, module, source, code, self.recorded(path)))
        return code

    def _bindings(self, file: LoadedFile) -> SiteBindings:
        """What stands for the names in the file's rewritten code."""
        runtime = self.runtime
        return SiteBindings(runtime.sites.add_file(file.path, file.rewritten), runtime.bindings())


@dataclass(frozen=True)
class SiteBindings:
    """What placeholders stand for: sites by their index, `first` and the ordinal, and the runtime's functions by name."""

    first: int
    names: dict[str, Any]

    def __call__(self, name: str) -> object:
        kind, _, number = name.partition(":")
        if kind in ("site", "function"):
            return self.first + int(number)
        if kind == "sites":
            return tuple(self.first + int(n) for n in number.split(","))
        return self.names[kind]


def linked_by(native: Callable[..., CodeType]) -> Link:
    """Links by the core's function, which changes the code itself: only of code that was made for this one run."""

    def link_in_place(code: CodeType, bindings: SiteBindings) -> CodeType:
        return native(code, PREFIX, bindings.first, {PREFIX + name: value for name, value in bindings.names.items()})

    return link_in_place
