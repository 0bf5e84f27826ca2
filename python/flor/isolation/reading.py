"""`os.stat` and the other functions that only look: they ask the system about the file that the path means now."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .entries import Entries
from .naming import Naming, is_path
from .overlay import Overlay, is_folder
from .resolution import Place
from .system import system


class Reading:
    """Functions under their names in `os`."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        for name in ("access", "getxattr", "listxattr", "stat", "statvfs"):
            setattr(self, name, self._looking(name))

    def _looking(self, name: str) -> Callable[..., Any]:
        """For a function of one path and arguments that say nothing of paths."""
        overlay, original = self._overlay, getattr(system, name)

        def look(path: Any = ".", *arguments: Any, **options: Any) -> Any:
            if not is_path(path) or overlay.is_untouched():
                return original(path, *arguments, **options)
            with Naming(path):
                place = overlay.place(path, options.pop("dir_fd", None), follow=options.get("follow_symlinks", True))
                return original(place.real, *arguments, **options)

        return look

    def lstat(self, path: Any, *, dir_fd: int | None = None) -> os.stat_result:
        if not is_path(path) or self._overlay.is_untouched():
            return system.lstat(path, dir_fd=dir_fd)  # type: ignore[no-any-return]
        with Naming(path):
            return system.lstat(self._overlay.place(path, dir_fd, follow=False).real)  # type: ignore[no-any-return]

    def readlink(self, path: Any, *, dir_fd: int | None = None) -> Any:
        if not is_path(path) or self._overlay.is_untouched():
            return system.readlink(path, dir_fd=dir_fd)
        with Naming(path):
            real = self._overlay.place(path, dir_fd, follow=False).real
            return system.readlink(os.fsencode(real) if isinstance(os.fspath(path), bytes) else real)

    def listdir(self, path: Any = None) -> Any:
        if isinstance(path, int):
            return self.listdir(self._overlay.path_of(path))
        if path is not None and not is_path(path):
            return system.listdir(path)
        path = "." if path is None else path
        with Naming(path):
            place = self._overlay.place(path)
            in_bytes = isinstance(os.fspath(path), bytes)
            if self._overlay.is_plain(place) or not place.is_folder:
                return system.listdir(os.fsencode(place.real) if in_bytes else place.real)
            names = self._overlay.names(place)
            return [os.fsencode(name) for name in names] if in_bytes else names

    def scandir(self, path: Any = None) -> Any:
        if path is not None and not isinstance(path, int) and not is_path(path):
            return system.scandir(path)
        if isinstance(path, int):
            return self._scan(self._overlay.place(self._overlay.path_of(path)), path, None)
        shown = os.fspath("." if path is None else path)
        with Naming(shown):
            return self._scan(self._overlay.place(shown), shown, shown)

    def _scan(self, place: Place, path: Any, shown: str | bytes | None) -> Any:
        """The system's own entries, where it finds the same folder under the path that was given, for they show that."""
        if not place.is_folder:
            return system.scandir(place.real)
        # A link may lead to where only the overlay knows what there is.
        if self._overlay.is_plain(place) and _is_same(path, place.status) and not _has_links(path):
            return system.scandir(path)
        return Entries(self._overlay, place, shown)

    def chdir(self, path: Any) -> None:
        if not is_path(path):
            return system.chdir(path)  # type: ignore[no-any-return]
        with Naming(path):
            place = self._overlay.place(path)
            is_users = not place.is_hidden and is_folder(place.path)
            system.chdir(place.path if is_users else place.real)

    def getcwd(self) -> str:
        return self._overlay.current_folder()

    def getcwdb(self) -> bytes:
        return os.fsencode(self._overlay.current_folder())


def _is_same(path: Any, status: os.stat_result | None) -> bool:
    try:
        found = system.stat(path)
    except OSError:
        return False
    return status is not None and (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino)


def _has_links(path: Any) -> bool:
    with system.scandir(path) as entries:
        return any(entry.is_symlink() for entry in entries)
