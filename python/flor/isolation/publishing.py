"""The end of an overlay whose script goes on: what it has written takes the place of the user's files.

Files are moved, so that those which the script has open are the ones that the user sees. What is in the way is set aside.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from .overlay import Overlay, copy_file
from .resolution import status_of
from .system import system

_DATABASE = b"SQLite format 3\0"


class Unpublishable(Exception):
    """Why the script cannot go on with the user's files. Nothing has changed yet."""


def publish(overlay: Overlay, aside: str) -> list[str]:
    """Makes the user's files what the script sees, and the overlay transparent. Returns the paths of what was moved to `aside`."""
    _refuse_what_stays_behind(overlay)
    folder = overlay.current_folder()
    publishing = _Publishing(overlay, aside)
    for path in sorted(overlay.hidden.all()):
        publishing.take_away(path)
    for path in _tree(overlay.upper):
        publishing.put(path)
    overlay.end()
    system.chdir(folder)
    return publishing.set_aside


def _refuse_what_stays_behind(overlay: Overlay) -> None:
    with system.io_open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            _, mark, path = line.rstrip("\n").partition(overlay.upper + "/")
            if mark:
                raise Unpublishable(f"`/{path}` is mapped into memory")
    for descriptor in map(int, system.listdir("/proc/self/fd")):
        try:
            target = system.readlink(f"/proc/self/fd/{descriptor}")
        except OSError:  # the one that listed them
            continue
        if target.startswith(overlay.upper + "/") and _begins_with(target, _DATABASE):
            raise Unpublishable(f"`{overlay.path_behind(target)}` is a database that is open")


def _begins_with(path: str, mark: bytes) -> bool:
    try:
        with system.io_open(path, "rb") as file:
            return bool(file.read(len(mark)) == mark)
    except OSError:  # it was removed since, so nobody will see it
        return False


def _tree(upper: str) -> Iterator[str]:
    """The paths of all that the script has a version of, folders before what is in them."""
    for folder, folders, names in os.walk(upper):
        folders.sort()
        if folder != upper:
            yield folder[len(upper) :]
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in sorted([*names, *links]):
            yield os.path.join(folder, name)[len(upper) :]


class _Publishing:
    def __init__(self, overlay: Overlay, aside: str) -> None:
        self._overlay, self._aside = overlay, aside
        self.set_aside: list[str] = []

    def take_away(self, path: str) -> None:
        """What the script does not see. A folder that it has emptied and filled again comes back with `put`."""
        if status_of(path) is not None:
            self._set_aside(path)

    def put(self, path: str) -> None:
        own = self._overlay.upper + path
        status, present = system.lstat(own), status_of(path)
        if stat.S_ISDIR(status.st_mode):
            if present is None or not stat.S_ISDIR(present.st_mode):
                if present is not None:
                    self._set_aside(path)
                system.mkdir(path, 0o700)
            system.chmod(path, stat.S_IMODE(status.st_mode))
            return
        if present is not None:
            self._set_aside(path)
        self._move(own, path, status)

    def _set_aside(self, path: str) -> None:
        target = self._aside + path
        os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
        self._move(path, target, system.lstat(path))
        self.set_aside.append(path)

    def _move(self, path: str, target: str, status: os.stat_result) -> None:
        try:
            system.rename(path, target)
            return
        except OSError:
            if stat.S_ISDIR(status.st_mode):
                raise
        # Another device. What is open there stays there: `Overlay.upper` lies beside the script, where its files are as a rule.
        if stat.S_ISLNK(status.st_mode):
            system.symlink(system.readlink(path), target)
        else:
            copy_file(path, target, status)
        system.remove(path)
