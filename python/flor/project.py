"""The project while it runs: which files are its own, and how their functions are called the same in every run."""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

FunctionKey = tuple[str, str, int]


@dataclass
class ProjectFile:
    """A file of the project. `recorded_lines` maps present line numbers to recorded ones; empty while recording."""

    filename: str
    path: str
    module: str
    source: bytes = b""
    code: CodeType | None = None
    recorded_lines: dict[int, int] = field(default_factory=dict)


class Project:
    """All files of the project that were loaded so far."""

    def __init__(self) -> None:
        self.files: dict[str, ProjectFile] = {}
        self._modules: dict[str, ProjectFile] = {}
        self.names_of_probes: frozenset[str] = frozenset()

    def add(self, file: ProjectFile) -> None:
        self.files[file.filename] = file
        self._modules[file.module] = file

    def owns_file(self, filename: str) -> bool:
        return filename in self.files

    def owns_module(self, name: str | None) -> bool:
        return name in self._modules

    def modules(self) -> Iterator[tuple[str, ModuleType]]:
        """The project's modules that are loaded, by name, in the order in which they were."""
        for name in self._modules:
            module = sys.modules.get(name)
            if module is not None:
                yield name, module

    def knows_name(self, name: str) -> bool:
        """Whether the name may be the recorded program's; one that only probes have belongs to no state."""
        return name not in self.names_of_probes

    def frame_key(self, frame: FrameType) -> str:
        file = self.files[frame.f_code.co_filename]
        return f"{file.path}:{frame.f_code.co_name}"

    def recorded_line(self, filename: str, line: int) -> int:
        """The line in the source as recorded."""
        file = self.files.get(filename)
        return file.recorded_lines.get(line, line) if file is not None else line

    def function_key(self, function: FunctionType) -> FunctionKey:
        """Module, qualified name and recorded first line: the same function in every run."""
        code = function.__code__
        line = self.recorded_line(code.co_filename, code.co_firstlineno)
        return (function.__module__, function.__qualname__, line)

    def code_for(self, key: FunctionKey) -> tuple[CodeType, dict[str, Any]] | None:
        """Code and globals of a function by its key; None where there is none, or more than one."""
        module_name, qualified_name, line = key
        module = sys.modules.get(module_name)
        if module is None:
            return None
        file = self._modules.get(module_name)
        starts = _nested(file.code) if file is not None and file.code is not None else _codes_of(module, qualified_name)
        name = qualified_name.rpartition(".")[2]
        found = [
            code for code in starts if code.co_name == name and self.recorded_line(code.co_filename, code.co_firstlineno) == line
        ]
        return (found[0], vars(module)) if len(found) == 1 else None


def _codes_of(module: ModuleType, qualified_name: str) -> Iterable[CodeType]:
    """Code objects inside the function of a library that a nested function's name begins with."""
    outer = qualified_name.partition(".<locals>")[0]
    try:
        found = operator.attrgetter(outer)(module)
    except AttributeError:
        return ()
    code = getattr(found, "__code__", None)
    return _nested(code) if isinstance(code, CodeType) else ()


def _nested(code: CodeType) -> Iterator[CodeType]:
    """A code object and all that are defined inside it."""
    waiting = [code]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
