"""`os.remove`, `os.rename` and the other functions that change names or what hangs on them, in the script's layer."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import Any

from .naming import Naming, is_path
from .overlay import Overlay, fail, fail_missing
from .resolution import Place
from .system import system


class Writing:
    """Functions under their names in `os`."""

    def __init__(self, overlay: Overlay) -> None:
        self._overlay = overlay
        self.unlink, self.replace = self.remove, self.rename
        for name in ("chmod", "chown", "lchown", "removexattr", "setxattr", "truncate", "utime"):
            setattr(self, name, self._marking(name, follows=name != "lchown"))

    def _marking(self, name: str, *, follows: bool) -> Callable[..., Any]:
        """For a function that changes what is there, with arguments that say nothing of paths."""
        overlay, original = self._overlay, getattr(system, name)

        def mark(path: Any, *arguments: Any, **options: Any) -> Any:
            if not is_path(path):
                return original(path, *arguments, **options)
            with Naming(path):
                follow = follows and options.get("follow_symlinks", True)
                place = overlay.place(path, options.pop("dir_fd", None), follow=follow)
                if not place.is_outside:
                    overlay.copy_up(place)
                    place = overlay.again(place)
                return original(place.real, *arguments, **options)

        return mark

    def remove(self, path: Any, *, dir_fd: int | None = None) -> None:
        with Naming(path):
            place = self._overlay.place(path, dir_fd, follow=False)
            if place.is_outside:
                return system.remove(place.path)  # type: ignore[no-any-return]
            if not place.exists:
                fail_missing(place)
            if place.is_folder:
                fail(errno.EISDIR)
            self._check_folder_of(place)
            if place.is_upper:
                system.remove(place.upper)
            self._overlay.hide(place)
            if place.is_link:
                self._overlay.rearranged()

    def rmdir(self, path: Any, *, dir_fd: int | None = None) -> None:
        with Naming(path):
            place = self._overlay.place(path, dir_fd, follow=False)
            if place.is_outside:
                return system.rmdir(place.path)  # type: ignore[no-any-return]
            if not place.exists:
                fail_missing(place)
            if not place.is_folder:
                fail(errno.ENOTDIR)
            if self._overlay.names(place):
                fail(errno.ENOTEMPTY)
            self._check_folder_of(place)
            self._remove_folder(place)

    def _remove_folder(self, place: Place) -> None:
        """An empty one."""
        if place.is_upper:
            system.rmdir(place.upper)
        self._overlay.hide(place)
        self._overlay.rearranged()

    def mkdir(self, path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        self._make(path, dir_fd, lambda real: system.mkdir(real, mode))

    def mkfifo(self, path: Any, mode: int = 0o666, *, dir_fd: int | None = None) -> None:
        self._make(path, dir_fd, lambda real: system.mkfifo(real, mode))

    def mknod(self, path: Any, mode: int = 0o600, device: int = 0, *, dir_fd: int | None = None) -> None:
        self._make(path, dir_fd, lambda real: system.mknod(real, mode, device))

    def _make(self, path: Any, folder: int | None, make: Callable[[str], Any]) -> None:
        with Naming(path):
            place = self._overlay.place(os.fspath(path).rstrip(_slash(path)) or path, folder, follow=False)
            make(self._new(place))

    def _new(self, place: Place) -> str:
        """Where something new is to be made."""
        if place.is_outside:
            return place.path
        if place.exists:
            fail(errno.EEXIST)
        self._overlay.make_room(place)
        return place.upper

    def symlink(self, src: Any, dst: Any, target_is_directory: bool = False, *, dir_fd: int | None = None) -> None:
        with Naming(src, dst):
            system.symlink(src, self._new(self._overlay.place(dst, dir_fd, follow=False)))

    def link(
        self,
        src: Any,
        dst: Any,
        *,
        src_dir_fd: int | None = None,
        dst_dir_fd: int | None = None,
        follow_symlinks: bool = True,
    ) -> None:
        with Naming(src, dst):
            place = self._overlay.place(src, src_dir_fd, follow=False)
            if not place.exists:
                fail_missing(place)
            new = self._new(self._overlay.place(dst, dst_dir_fd, follow=False))
            if place.is_folder:
                fail(errno.EPERM)
            if not place.is_outside:
                self._overlay.copy_up(place)
            system.link(self._overlay.again(place).real, new, follow_symlinks=False)

    def rename(self, src: Any, dst: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None) -> None:
        if not is_path(src) or not is_path(dst):
            return system.rename(src, dst)  # type: ignore[no-any-return]
        with Naming(src, dst):
            old = self._overlay.place(os.fspath(src).rstrip(_slash(src)) or src, src_dir_fd, follow=False)
            new = self._overlay.place(os.fspath(dst).rstrip(_slash(dst)) or dst, dst_dir_fd, follow=False)
            if old.is_outside and new.is_outside:
                return system.rename(old.path, new.path)  # type: ignore[no-any-return]
            if old.is_outside or new.is_outside:
                fail(errno.EXDEV)  # shutil.move copies then, as between two disks
            self._check_rename(old, new)
            if old.path != new.path and not _is_one_file(old, new):
                self._move(old, new)
        return None

    def _check_rename(self, old: Place, new: Place) -> None:
        for place in (old, new):
            self._overlay.folder_of(place)
        if not old.exists:
            fail_missing(old)
        self._check_folder_of(old)
        if new.path.startswith(f"{old.path}/"):
            fail(errno.EINVAL)
        if old.path.startswith(f"{new.path}/"):
            fail(errno.ENOTEMPTY)
        if new.is_folder and not old.is_folder:
            fail(errno.EISDIR)
        if new.exists and old.is_folder and not new.is_folder:
            fail(errno.ENOTDIR)
        if new.is_folder and new.path != old.path and self._overlay.names(new):
            fail(errno.ENOTEMPTY)

    def _move(self, old: Place, new: Place) -> None:
        self._overlay.make_room(new)
        self._overlay.copy_tree_up(old)
        if new.is_folder:
            self._remove_folder(new)
        if old.is_folder:
            # A folder that is moved there must not be mixed with what the user has there.
            self._overlay.hide(new)
        system.rename(old.upper, new.upper)
        self._overlay.hide(old)
        if not (old.is_file and (new.is_file or not new.exists)):
            self._overlay.rearranged()

    def _check_folder_of(self, place: Place) -> None:
        """A name can be taken away only from a folder that may be written to."""
        if not system.access(self._overlay.folder_of(place).real, os.W_OK | os.X_OK):
            fail(errno.EACCES)


def _slash(path: Any) -> Any:
    return b"/" if isinstance(os.fspath(path), bytes) else "/"


def _is_one_file(one: Place, other: Place) -> bool:
    """Two names of one file, as `os.rename` sees them: it does nothing then."""
    if one.status is None or other.status is None or stat.S_ISDIR(one.status.st_mode):
        return False
    return (one.status.st_dev, one.status.st_ino) == (other.status.st_dev, other.status.st_ino)
