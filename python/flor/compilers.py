"""Tools that read the bytecode of the user's functions get the user's own code.

`torch.compile` traces bytecode and knows nothing of the objects that a rewrite puts among a code object's constants. So it is given
the code that Python itself would have compiled, wherever it is about to read instructions; what it then compiles is not followed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any

from .project import Project

# Where instructions are read (PyTorch 2.1 to 2.13): the function, and the modules that hold it by name.
_READER = "cleaned_instructions"
_READERS = ("torch._dynamo.bytecode_transformation", "torch._dynamo.symbolic_convert", "torch._dynamo.convert_frame")


class CompilerWatch:
    """Finds nothing; notices that the last of the tracer's modules is about to be loaded, and sees to its end."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def install(self) -> None:
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != _READERS[-1]:
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                self._watch(spec.loader)
                return spec
        return None

    def _watch(self, loader: Any) -> None:
        execute = loader.exec_module

        def execute_and_patch(module: ModuleType) -> None:
            execute(module)
            self._patch()

        loader.exec_module = execute_and_patch

    def _patch(self) -> None:
        modules = [sys.modules[name] for name in _READERS if hasattr(sys.modules.get(name), _READER)]
        for module in modules:
            setattr(module, _READER, self._reading_originals(getattr(module, _READER)))

    def _reading_originals(self, read: Any) -> Any:
        def cleaned_instructions(code: CodeType, *arguments: Any, **options: Any) -> Any:
            return read(self._project.own_code(code) or code, *arguments, **options)

        return cleaned_instructions
