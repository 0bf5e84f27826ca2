"""Imports project modules with the code that a callback makes of their source; else it is python's own import."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source
from types import CodeType, ModuleType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
Load = Callable[[str, str, bytes], "CodeType | None"]

FOREIGN_FOLDERS = frozenset({"site-packages", "dist-packages", ".flor"})


def _part_of_import(function: Callable[P, R]) -> Callable[P, R]:
    """Gives a function the file name of python's own import machinery.

    By it python knows the frames that it trims out of the traceback of a module that does not compile.
    """
    machinery = SourceFileLoader.get_code.__code__.co_filename
    function.__code__ = function.__code__.replace(co_filename=machinery)
    return function


class ProjectLoader(SourceFileLoader):
    """A source loader whose code comes from `load(name, path, source)`; None stands for python's own code."""

    def __init__(self, name: str, path: str, load: Load) -> None:
        super().__init__(name, path)
        self._load = load

    @_part_of_import
    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        # Python's own code first, with all that making it does: the `.pyc` file, warnings, errors. Where that was done, and is to
        # be seen from the file, it would do nothing now.
        original = None if _has_bytecode(path) else SourceFileLoader.get_code(self, fullname)
        rewritten = self._load(fullname, path, self.get_data(path))
        return rewritten or original or SourceFileLoader.get_code(self, fullname)


def _has_bytecode(path: str) -> bool:
    """Whether Python would take the code of a source file from its `.pyc` file, as far as the two say when they were written."""
    try:
        source = os.stat(path)
        descriptor = os.open(cache_from_source(path), os.O_RDONLY | os.O_CLOEXEC)
        try:
            head = os.read(descriptor, _BYTECODE_HEAD.size)
        finally:
            os.close(descriptor)
    except (OSError, NotImplementedError):
        return False
    return head == _BYTECODE_HEAD.pack(MAGIC_NUMBER, 0, int(source.st_mtime) & 0xFFFFFFFF, source.st_size & 0xFFFFFFFF)


_BYTECODE_HEAD = struct.Struct("<4sIII")


class ProjectFinder:
    """Finds what the finders after it find, and gives project modules another loader.

    Project modules are the source files below `root`, and the packages of `include` wherever they are, without those of
    `exclude`. It belongs on `sys.meta_path` right before the finder of ordinary files: `install` puts it there.
    """

    def __init__(self, root: str, load: Load, *, include: Iterable[str] = (), exclude: Iterable[str] = ()) -> None:
        self._root = os.path.realpath(root)
        self._load = load
        self._include = tuple(include)
        self._exclude = tuple(exclude)
        self._foreign = [folder for folder in python_folders() if _is_below(folder, self._root)]
        self._environments: dict[str, bool] = {}
        self._folders: dict[str, bool] = {}

    def install(self) -> None:
        path = sys.meta_path
        position = next((n for n, finder in enumerate(path) if finder is PathFinder), len(path))
        path.insert(position, self)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = self._plain_spec(name, path, target)
        # Exactly this type: whoever brings another loader means to do something of his own with the file.
        if spec is None or type(spec.loader) is not SourceFileLoader:
            return spec
        if self.is_project(name, spec.loader.path):
            spec.loader = ProjectLoader(spec.loader.name, spec.loader.path, self._load)
        return spec

    def is_project(self, name: str, path: str) -> bool:
        """Whether the module `name` in the file `path` is project code."""
        if _is_in(name, self._exclude):
            return False
        if _is_in(name, self._include):
            return True
        folder = os.path.dirname(os.path.realpath(path) if os.path.islink(path) else path)
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._is_project_folder(os.path.realpath(folder))
        return known

    def _is_project_folder(self, folder: str) -> bool:
        """Asked once a folder: a training script imports thousands of modules, nearly all from a few hundred folders."""
        if not _is_below(folder, self._root) and folder != self._root:
            return False
        if any(_is_below(folder, foreign) or folder == foreign for foreign in self._foreign):
            return False
        return not FOREIGN_FOLDERS.intersection(_parts(folder, self._root)) and not self._is_in_environment(folder)

    def _plain_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        finders = sys.meta_path
        after = next((n + 1 for n, finder in enumerate(finders) if finder is self), len(finders))
        for finder in finders[after:]:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return spec
        return None

    def _is_in_environment(self, folder: str) -> bool:
        """Whether a folder between this one and the root is a virtual environment."""
        if folder == self._root:
            return False
        known = self._environments.get(folder)
        if known is None:
            is_one = os.path.exists(os.path.join(folder, "pyvenv.cfg"))
            known = self._environments[folder] = is_one or self._is_in_environment(os.path.dirname(folder))
        return known


def python_folders() -> set[str]:
    """Where python, its environment and florpy itself are installed: never project code."""
    folders = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, os.path.dirname(os.__file__)}
    folders.add(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return {os.path.realpath(folder) for folder in folders}


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _parts(folder: str, root: str) -> list[str]:
    return os.path.relpath(folder, root).split(os.sep)


def _is_in(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)
