"""Callbacks for modules that the script may import: run once the module is there, before its importer goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Callback = Callable[[ModuleType], None]


class AfterImport:
    """A finder that finds nothing of its own: it lets the others find a module, and hears when it is loaded."""

    def __init__(self) -> None:
        self._callbacks: dict[str, Callback] = {}

    def watch(self, name: str, callback: Callback) -> None:
        loaded = sys.modules.get(name)
        if loaded is not None:
            callback(loaded)
        else:
            self._callbacks[name] = callback

    def install(self) -> None:
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self._callbacks:
            return None
        # Another of this kind may be behind this one, and hears of the module as well.
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = _spec(finder, name, path, target)
            if spec is not None:
                self._hear(spec, self._callbacks[name])
                return spec
        return None

    def _hear(self, spec: ModuleSpec, callback: Callback) -> None:
        loader: Any = spec.loader
        if not hasattr(loader, "exec_module"):
            return
        execute = loader.exec_module

        def execute_and_tell(module: ModuleType) -> None:
            execute(module)
            callback(module)

        # On this one loader; its class stays as it is.
        loader.exec_module = execute_and_tell


def _spec(finder: Any, name: str, path: Any, target: Any) -> ModuleSpec | None:
    find = getattr(finder, "find_spec", None)
    return find(name, path, target) if find is not None else None
