"""The two layers and what is done to them: copying up, hiding, listing. Paths here are absolute."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import NoReturn

from .hidden import HiddenPaths
from .resolution import Place, Resolver, status_of
from .system import system


class Overlay:
    """The files as the script sees them. `folder` is the replay's own; this run of the worker has it for itself."""

    def __init__(self, folder: str, is_outside: Callable[[str], bool]) -> None:
        self.upper = os.path.join(folder, "files")
        system.mkdir(self.upper, 0o700)
        system.utime(self.upper, ns=(0, 0))
        self._is_untouched = True
        self.hidden = HiddenPaths(os.path.join(folder, "hidden.jsonl"))
        self.resolver = Resolver(self.upper, self.hidden, is_outside)

    def is_untouched(self) -> bool:
        """Whether the script still sees the user's files as they are, all of them. Imports alone look at tens of thousands."""
        if self._is_untouched:
            # The folder has had another time ever since something was put into it, by whichever process.
            self._is_untouched = system.stat(self.upper).st_mtime_ns == 0 and self.hidden.version() == 0
        return self._is_untouched

    def end(self) -> None:
        """From now on every path is the user's."""
        self.resolver.leave_all_alone()

    # What a path means.

    def place(self, path: str | bytes | int, folder: int | None = None, *, follow: bool = True) -> Place:
        """Where a path of the script's leads, from the folder of a descriptor or from the current one."""
        text = os.fsdecode(path)  # type: ignore[arg-type]
        if not text:
            fail(errno.ENOENT)
        if "\0" in text:
            raise ValueError("embedded null byte")
        if not text.startswith("/"):
            text = f"{self.current_folder() if folder is None else self.path_of(folder)}/{text}"
        return self.resolver.place(text, follow=follow)

    def current_folder(self) -> str:
        return self.path_behind(system.getcwd())

    def path_of(self, descriptor: int) -> str:
        """The script's path of an open folder."""
        return self.path_behind(system.readlink(f"/proc/self/fd/{descriptor}"))

    def path_behind(self, real: str) -> str:
        """The script's path of a real one."""
        if real == self.upper or real.startswith(self.upper + "/"):
            return real[len(self.upper) :] or "/"
        return real

    def names(self, folder: Place) -> list[str]:
        """All names in a folder that the script can see: in the user's order, then its own."""
        lower: list[str] = []
        if not folder.is_hidden and is_folder(folder.path):
            hidden = self.hidden.names_in(folder.path)
            lower = [name for name in system.listdir(folder.path) if name not in hidden]
        if not folder.is_upper:
            return lower
        known = set(lower)
        return lower + [name for name in system.listdir(folder.upper) if name not in known]

    def is_plain(self, folder: Place) -> bool:
        """Whether a folder is just the user's, so that the system can list it."""
        return folder.is_outside or not (folder.is_upper or self.hidden.names_in(folder.path))

    # What changes it.

    def copy_up(self, place: Place, *, with_content: bool = True) -> None:
        """Gives the script its own version of what is there."""
        if place.is_upper or place.status is None:
            return
        self.make_room(place)
        if place.is_link:
            system.symlink(system.readlink(place.path), place.upper)
        elif place.is_folder:
            system.mkdir(place.upper, 0o700)
            system.chmod(place.upper, stat.S_IMODE(place.status.st_mode))
            self.rearranged()
        else:
            copy_file(place.path, place.upper, place.status, with_content=with_content)

    def copy_tree_up(self, place: Place) -> None:
        """The same for all that lies in a folder; afterwards nothing of the user's is needed to see it."""
        self.copy_up(place)
        if not place.is_folder:
            return
        for name in self.names(self.again(place)):
            self.copy_tree_up(self.resolver.place(f"{place.path}/{name}", follow=False))

    def make_room(self, place: Place) -> None:
        """Makes the folders in which the script's own version is to lie, as the user's are."""
        above = self.folder_of(place)
        if not system.access(above.real, os.W_OK | os.X_OK):
            fail(errno.EACCES)
        if above.path != "/":
            self.copy_up(above)

    def folder_of(self, place: Place) -> Place:
        """The folder that a path is in, which has to be one."""
        above = self.resolver.place(os.path.dirname(place.path), follow=False)
        if not above.exists:
            fail_missing(above)
        if not above.is_folder:
            fail(errno.ENOTDIR)
        return above

    def hide(self, place: Place) -> None:
        """From now on the user's file there is out of sight."""
        if status_of(place.path) is not None and not self.is_below_hidden(place.path):
            self.hidden.add(place.path)

    def rearranged(self) -> None:
        """A folder or a link has come or gone: where paths lead has to be found out anew, by all processes."""
        self.hidden.tell_change()

    def is_below_hidden(self, path: str) -> bool:
        while path != "/":
            if self.hidden.hides(path):
                return True
            path = os.path.dirname(path)
        return False

    def again(self, place: Place) -> Place:
        """The same path after something changed."""
        return self.resolver.place(place.path, follow=False)


def is_folder(real: str) -> bool:
    status = status_of(real)
    return status is not None and stat.S_ISDIR(status.st_mode)


def copy_file(source: str, destination: str, status: os.stat_result, *, with_content: bool = True) -> None:
    """A copy with the same bits and times. It appears when it is whole, for other processes may be looking."""
    temporary = f"{destination}.{os.getpid()}.part"
    into = system.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        if with_content:
            _pour(source, into)
    finally:
        system.close(into)
    system.utime(temporary, ns=(status.st_atime_ns, status.st_mtime_ns))
    system.chmod(temporary, stat.S_IMODE(status.st_mode))
    system.rename(temporary, destination)


def _pour(source: str, into: int) -> None:
    out_of = system.open(source, os.O_RDONLY)
    try:
        while part := system.read(out_of, 1 << 20):
            while part:
                part = part[system.write(into, part) :]
    finally:
        system.close(out_of)


def fail_missing(place: Place) -> NoReturn:
    """Of a path where nothing is: the system knows whether that is for want of a name or of a folder."""
    system.lstat(place.real)
    fail(errno.ENOENT)


def fail(number: int) -> NoReturn:
    """What the system would answer; the caller adds the names that the script used."""
    raise OSError(number, os.strerror(number))
