"""From a path as the script says it to the file that it means: which layer has it, links followed across both."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import NamedTuple

from .hidden import HiddenPaths
from .system import system

MAXIMUM_LINKS = 40


class Place(NamedTuple):
    """Where a path leads."""

    path: str  # the user's path, absolute and without links
    upper: str  # where the script's own version lies, or would
    status: os.stat_result | None  # lstat of what is there; None: nothing is
    is_upper: bool  # whether it is the script's own version
    is_hidden: bool  # whether the user's file of that path is out of sight
    is_outside: bool  # whether the overlay leaves this path alone

    @property
    def real(self) -> str:
        """The path for the system: of a file that is not there, one where the system finds none either."""
        return self.upper if self.is_upper or (self.is_hidden and not self.is_outside) else self.path

    @property
    def exists(self) -> bool:
        return self.status is not None

    @property
    def is_folder(self) -> bool:
        return self.status is not None and stat.S_ISDIR(self.status.st_mode)

    @property
    def is_file(self) -> bool:
        return self.status is not None and stat.S_ISREG(self.status.st_mode)

    @property
    def is_link(self) -> bool:
        return self.status is not None and stat.S_ISLNK(self.status.st_mode)


class Resolver:
    """Walks a path through both layers."""

    def __init__(self, upper: str, hidden: HiddenPaths, is_outside: Callable[[str], bool]) -> None:
        self.upper, self.hidden, self._is_outside = upper, hidden, is_outside
        # Folders that were found, by the paths that led there; as long as no process has changed a folder or a link.
        self._folders: dict[str, Place] = {}
        self._version = -1

    def leave_all_alone(self) -> None:
        self._is_outside = lambda path: True
        self._folders.clear()

    def place(self, path: str, *, follow: bool = True) -> Place:
        """Where an absolute `path` leads; its last part is followed where it is a link and `follow` says so."""
        version = self.hidden.version()
        if version != self._version:
            self._folders.clear()
            self._version = version
        above, _, name = path.rpartition("/")
        if name in ("", ".", ".."):
            return self._walk(self._root(), path, follow or path.endswith("/"))
        folder = self._folders.get(above)
        if folder is None:
            folder = self._walk(self._root(), above, True)
            if folder.is_folder:
                self._folders[above] = folder
        return self._walk(folder, name, follow)

    def _walk(self, here: Place, path: str, follow: bool) -> Place:
        rest = _parts(path)
        links = 0
        while rest:
            part = rest.pop()
            if part == "..":
                here = self._again(os.path.dirname(here.path))
                continue
            folder, here = here, self._step(here, part)
            if here.is_link and (rest or follow):
                links += 1
                if links > MAXIMUM_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                target = system.readlink(here.real)
                rest += _parts(target)
                here = self._root() if target.startswith("/") else folder
        return here

    def _root(self) -> Place:
        return Place("/", self.upper, status_of("/"), False, False, False)

    def _again(self, path: str) -> Place:
        """The place of a path that has no links."""
        here = self._root()
        for part in path.split("/"):
            if part:
                here = self._step(here, part)
        return here

    def _step(self, folder: Place, part: str) -> Place:
        path = f"/{part}" if folder.path == "/" else f"{folder.path}/{part}"
        upper = f"{folder.upper}/{part}"
        if folder.is_outside or self._is_outside(path):
            return Place(path, upper, status_of(path), False, False, True)
        is_hidden = folder.is_hidden or self.hidden.hides(path)
        # Where the folder has no version of the script's own, nothing in it has.
        status = status_of(upper) if folder.is_upper or folder.path == "/" else None
        if status is not None:
            return Place(path, upper, status, True, is_hidden or not stat.S_ISDIR(status.st_mode), False)
        return Place(path, upper, None if is_hidden else status_of(path), False, is_hidden, False)


def _parts(path: str) -> list[str]:
    """The names in it, the first one last."""
    return [part for part in reversed(path.split("/")) if part and part != "."]


def status_of(path: str) -> os.stat_result | None:
    """`lstat` of a real path; None where nothing is."""
    try:
        status: os.stat_result = system.lstat(path)
        return status
    except OSError:
        return None
