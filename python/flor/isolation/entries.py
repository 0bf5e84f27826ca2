"""What `os.scandir` gives for a folder that lies in both layers."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import Any

from .naming import Naming
from .overlay import Overlay
from .resolution import Place
from .system import system


class Entry:
    """Stands for an `os.DirEntry`, which cannot be made by Python code."""

    __slots__ = ("_overlay", "_path", "name", "path")

    def __init__(self, overlay: Overlay, folder: str, name: str, shown: str | bytes | None) -> None:
        self._overlay, self._path = overlay, f"{folder.rstrip('/')}/{name}"
        in_bytes = isinstance(shown, bytes)
        self.name: Any = os.fsencode(name) if in_bytes else name
        self.path: Any = self.name if shown is None else os.path.join(shown, self.name)  # type: ignore[arg-type]

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        with Naming(self.path):
            place = self._overlay.resolver.place(self._path, follow=follow_symlinks)
            return system.lstat(place.real)  # type: ignore[no-any-return]

    def _mode(self, follow: bool) -> int:
        try:
            return stat.S_IFMT(self.stat(follow_symlinks=follow).st_mode)
        except FileNotFoundError:
            return 0

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._mode(follow_symlinks) == stat.S_IFDIR

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return self._mode(follow_symlinks) == stat.S_IFREG

    def is_symlink(self) -> bool:
        return self._mode(False) == stat.S_IFLNK

    def is_junction(self) -> bool:
        return False

    def inode(self) -> int:
        return self.stat(follow_symlinks=False).st_ino

    def __fspath__(self) -> Any:
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"


class Entries:
    """Iterator and context manager, as the one of `os.scandir`."""

    def __init__(self, overlay: Overlay, folder: Place, shown: str | bytes | None) -> None:
        names = overlay.names(folder)
        self._entries: Iterator[Entry] = (Entry(overlay, folder.path, name, shown) for name in names)

    def __iter__(self) -> Entries:
        return self

    def __next__(self) -> Entry:
        return next(self._entries)

    def __enter__(self) -> Entries:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._entries = iter(())
