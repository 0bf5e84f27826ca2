"""The project while it runs: which files are its own, and how their functions are called the same in every run."""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from .rewrite import original_code

FunctionKey = tuple[str, str, int, int]


@dataclass(frozen=True)
class RecordedFile:
    """What an edited file was when it was recorded."""

    lines: dict[int, int]
    """The recorded line of each present one that was matched."""
    code: CodeType
    """What the recorded text compiles to."""
    added_globals: frozenset[str]
    """Names that the module has only because of probes."""


@dataclass
class ProjectFile:
    """A file of the project; `recorded` is there if it was edited since it was recorded."""

    filename: str
    path: str
    module: str
    source: bytes = b""
    code: CodeType | None = None
    recorded: RecordedFile | None = None


class Project:
    """All files of the project that were loaded so far."""

    def __init__(self) -> None:
        self.files: dict[str, ProjectFile] = {}
        self._modules: dict[str, ProjectFile] = {}
        self._namesakes: dict[tuple[str, int, str], list[CodeType]] = {}
        self._own_codes: dict[CodeType, CodeType | None] = {}
        self._added_variables: dict[CodeType, frozenset[str]] = {}

    def add(self, file: ProjectFile) -> None:
        self.files[file.filename] = file
        self._modules[file.module] = file

    def owns_file(self, filename: str) -> bool:
        return filename in self.files

    def mentions(self, name: bytes) -> bool:
        """Whether the text of a file that was loaded so far has it, be it in a comment."""
        return any(name in file.source for file in self.files.values())

    def owns_module(self, name: str | None) -> bool:
        return name in self._modules

    def modules(self) -> Iterator[tuple[str, ModuleType]]:
        """The project's modules that are loaded, by name, in the order in which they were."""
        for name in self._modules:
            module = sys.modules.get(name)
            if module is not None:
                yield name, module

    def own_code(self, code: CodeType) -> CodeType | None:
        """The code that Python would have made of a function's text; None where it is not of the project, or not unique."""
        file = self.files.get(code.co_filename)
        if file is None:
            return None
        if code not in self._own_codes:
            self._own_codes[code] = original_code(code, file.source)
        return self._own_codes[code]

    def frame_key(self, frame: FrameType) -> str:
        file = self.files[frame.f_code.co_filename]
        return f"{file.path}:{frame.f_code.co_name}"

    def recorded_line(self, filename: str, line: int) -> int:
        """The line in the source as recorded."""
        file = self.files.get(filename)
        return file.recorded.lines.get(line, line) if file is not None and file.recorded is not None else line

    def function_key(self, function: FunctionType) -> FunctionKey:
        """Module, qualified name, recorded first line, and which one there: the same function in every run."""
        code = function.__code__
        line = self.recorded_line(code.co_filename, code.co_firstlineno)
        return (function.__module__, function.__qualname__, line, self._ordinal(code))

    def _ordinal(self, code: CodeType) -> int:
        """Which of the functions of one name that begin on one line; -1 where that cannot be told."""
        file = self.files.get(code.co_filename)
        if file is None or file.code is None:
            return 0
        place = (code.co_filename, code.co_firstlineno, code.co_name)
        if place not in self._namesakes:
            self._namesakes.update(_by_place(file.code))
        namesakes = self._namesakes.get(place, [code])
        if len(namesakes) == 1:
            return 0
        return next((i for i, one in enumerate(namesakes) if code in (one, self._own_codes.get(one))), -1)

    def added_globals(self, module: str) -> frozenset[str]:
        """Names that a module has only because of probes: they belong to no state."""
        file = self._modules[module]
        return file.recorded.added_globals if file.recorded is not None else frozenset()

    def added_variables(self, code: CodeType) -> frozenset[str]:
        """Variables that a function has only because of a probe in it: they belong to no state."""
        if code not in self._added_variables:
            self._added_variables[code] = self._found_added_variables(code)
        return self._added_variables[code]

    def added_cells(self, code: CodeType) -> frozenset[str]:
        """Those of them that a probe looks at in a function around: no cells of the recorded function."""
        return self.added_variables(code).intersection(code.co_freevars) if code.co_freevars else frozenset()

    def _found_added_variables(self, code: CodeType) -> frozenset[str]:
        file = self.files.get(code.co_filename)
        if file is None or file.recorded is None:
            return frozenset()
        line = self.recorded_line(code.co_filename, code.co_firstlineno)
        recorded = [one for one in _nested(file.recorded.code) if (one.co_name, one.co_firstlineno) == (code.co_name, line)]
        return _variables(code).difference(*map(_variables, recorded)) if recorded else frozenset()

    def code_for(self, key: FunctionKey) -> tuple[CodeType, dict[str, Any]] | None:
        """Code and globals of a function by its key; None where there is none, or more than one."""
        module_name, qualified_name, line, ordinal = key
        module = sys.modules.get(module_name)
        if module is None:
            return None
        file = self._modules.get(module_name)
        starts = _nested(file.code) if file is not None and file.code is not None else _codes_of(module, qualified_name)
        name = qualified_name.rpartition(".")[2]
        found = [
            code for code in starts if code.co_name == name and self.recorded_line(code.co_filename, code.co_firstlineno) == line
        ]
        # Of a library's functions nothing but name and line is known, which must be enough.
        is_certain = 0 <= ordinal < len(found) and (file is not None or len(found) == 1)
        return (found[ordinal], vars(module)) if is_certain else None


def code_by_name(module_name: str, qualified_name: str) -> tuple[CodeType, dict[str, Any]] | None:
    """Code and globals of a function that another one defines, by its name alone; None where there is none, or more than one."""
    module = sys.modules.get(module_name)
    if module is None:
        return None
    name = qualified_name.rpartition(".")[2]
    found = [code for code in _codes_of(module, qualified_name) if code.co_name == name]
    return (found[0], vars(module)) if len(found) == 1 else None


def _codes_of(module: ModuleType, qualified_name: str) -> Iterable[CodeType]:
    """Code objects inside the function that a nested function's name begins with."""
    outer = qualified_name.partition(".<locals>")[0]
    try:
        found = operator.attrgetter(outer)(module)
    except AttributeError:
        return ()
    code = getattr(found, "__code__", None)
    return _nested(code) if isinstance(code, CodeType) else ()


def _variables(code: CodeType) -> frozenset[str]:
    return frozenset((*code.co_varnames, *code.co_cellvars, *code.co_freevars))


def _by_place(code: CodeType) -> dict[tuple[str, int, str], list[CodeType]]:
    """Code objects by file, first line and name."""
    found: dict[tuple[str, int, str], list[CodeType]] = {}
    for one in _nested(code):
        found.setdefault((one.co_filename, one.co_firstlineno, one.co_name), []).append(one)
    return found


def _nested(code: CodeType) -> Iterator[CodeType]:
    """A code object and all that are defined inside it."""
    waiting = [code]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
