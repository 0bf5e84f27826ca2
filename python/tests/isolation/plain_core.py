"""What the core does for the isolation, without the core: for tests under a plain Python."""

from __future__ import annotations

from types import ModuleType
from typing import Any


class _Function:
    """Binds to no instance, as a built-in function."""

    def __init__(self, holder: ModuleType, name: str, module: str) -> None:
        self._holder, self.__name__, self.__module__ = holder, name, module

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._holder.call(*arguments, **options)


class PlainCore:
    def disguised(self, holder: ModuleType, name: str, module: str, documentation: str) -> Any:
        return _Function(holder, name, module)

    def expect_open(self, is_expected: bool) -> None:
        """There is no guard to be told."""

    def guard(self, folders: list[str]) -> None:
        """There is none: a write past the overlay shows as a change of the tree."""

    def programs(self) -> tuple[int, str]:
        return 0, ""
