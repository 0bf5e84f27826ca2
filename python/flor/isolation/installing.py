"""Puts functions in the place of Python's own, wherever those are bound already."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

# Imports go past the overlay, and so does what florpy does itself.
_UNTOUCHED = ("posix", "_flor", "flor", "_frozen_importlib", "_frozen_importlib_external", "importlib")


class Disguises:
    """Makes replacements that pass for the built-in functions whose names they bear."""

    def __init__(self, core: Any) -> None:
        self._core = core

    def make(self, function: Callable[..., Any], original: Any) -> Any:
        holder = ModuleType(str(original.__module__))
        holder.call = function  # type: ignore[attr-defined]
        signature = getattr(original, "__text_signature__", None)
        documentation = str(original.__doc__ or "")
        if signature is not None:
            documentation = f"{original.__name__}{signature}\n--\n\n{documentation}"
        return self._core.disguised(holder, original.__name__, str(original.__module__), documentation)


class Replacements:
    """Functions by the ones in whose place they stand."""

    def __init__(self, disguises: Disguises) -> None:
        self._disguises = disguises
        self._by_original: dict[int, tuple[Any, Any]] = {}

    def put(self, original: Any, function: Callable[..., Any]) -> None:
        self._by_original[id(original)] = (original, self._disguises.make(function, original))

    def install(self) -> None:
        for name, module in list(sys.modules.items()):
            if isinstance(module, ModuleType) and name.partition(".")[0] not in _UNTOUCHED:
                self._replace_in_module(module)
        # How `shutil` and others ask what a function can do.
        for capability in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
            capability |= {new for old, new in self._by_original.values() if old in capability}

    def _replacement(self, value: Any) -> Any | None:
        found = self._by_original.get(id(value))
        return found[1] if found is not None and found[0] is value else None

    def _replace_in_module(self, module: ModuleType) -> None:
        for name, value in list(vars(module).items()):
            replacement = self._replacement(value)
            if replacement is not None:
                setattr(module, name, replacement)
            elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
                self._replace_defaults(value)
            elif isinstance(value, type) and value.__module__ == module.__name__:
                self._replace_in_class(value)

    def _replace_in_class(self, owner: type) -> None:
        for name, value in list(vars(owner).items()):
            function = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
            replacement = self._replacement(function)
            if replacement is not None:
                setattr(owner, name, staticmethod(replacement) if isinstance(value, staticmethod) else replacement)
            elif isinstance(function, FunctionType):
                self._replace_defaults(function)

    def _replace_defaults(self, function: FunctionType) -> None:
        if function.__defaults__ and any(self._replacement(value) is not None for value in function.__defaults__):
            function.__defaults__ = tuple(self._replacement(value) or value for value in function.__defaults__)
        for name, value in (function.__kwdefaults__ or {}).items():
            function.__kwdefaults__[name] = self._replacement(value) or value  # type: ignore[index]
