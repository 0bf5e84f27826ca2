"""`os.open` and `open`: the first place where the script asks to write is where it gets its own version of a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

from .naming import Naming, is_path
from .overlay import Overlay, fail, fail_missing
from .resolution import Place
from .system import system

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_NAMELESS = getattr(os, "O_TMPFILE", 0)


class Opening:
    """Opens files as the overlay has them."""

    def __init__(self, overlay: Overlay, core: Any) -> None:
        self._overlay, self._expect = overlay, core.expect_open

    def os_open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if not is_path(path):
            return system.open(path, flags, mode, dir_fd=dir_fd)  # type: ignore[no-any-return]
        with Naming(path):
            return self.descriptor(path, flags, mode, dir_fd)

    def open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Callable[[Any, int], int] | None = None,
    ) -> Any:
        # Whoever brings an opener of his own opens with `os.open`, which is ours as well.
        if opener is None and is_path(file):
            opener = self._opener
        # Python tells of the path that is given here; what is opened, the opener decides.
        self._expect(True)
        try:
            return system.io_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        finally:
            self._expect(False)

    def _opener(self, path: Any, flags: int) -> int:
        if not flags & _WRITING and self._overlay.is_untouched():
            return system.open(path, flags, 0o666)  # type: ignore[no-any-return]
        with Naming(path):
            return self.descriptor(path, flags, 0o666, None)

    def descriptor(self, path: Any, flags: int, mode: int, folder: int | None) -> int:
        is_new = flags & (os.O_CREAT | os.O_EXCL) == os.O_CREAT | os.O_EXCL
        place = self._overlay.place(path, folder, follow=not is_new and not flags & os.O_NOFOLLOW)
        is_nameless = _NAMELESS and flags & _NAMELESS == _NAMELESS
        if flags & _WRITING and not is_nameless and not place.is_outside and not place.is_upper:
            self._prepare(place, flags)
            place = self._overlay.again(place)._replace(is_upper=True) if not _is_special(place) else place
        return system.open(place.real, flags, mode)  # type: ignore[no-any-return]

    def _prepare(self, place: Place, flags: int) -> None:
        """Answers as the system would on the user's file, and gives the script its own."""
        if place.status is None:
            if not flags & os.O_CREAT:
                fail_missing(place)
            self._overlay.make_room(place)
        elif flags & os.O_CREAT and flags & os.O_EXCL:
            fail(errno.EEXIST)
        elif place.is_folder:
            fail(errno.EISDIR)
        elif place.is_link:
            fail(errno.ELOOP)
        elif place.is_file:
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_TRUNC) and not system.access(place.path, os.W_OK):
                fail(errno.EACCES)
            self._overlay.copy_up(place, with_content=not flags & os.O_TRUNC)

    def path_for_reading(self, path: Any) -> str:
        """For libraries that open by themselves."""
        return self._overlay.place(path).real

    def path_for_writing(self, path: Any, flags: int = os.O_WRONLY | os.O_CREAT | os.O_TRUNC) -> str:
        place = self._overlay.place(path)
        if place.is_outside or place.is_upper or _is_special(place):
            return place.real
        with Naming(path):
            self._prepare(place, flags)
        return place.upper


def _is_special(place: Place) -> bool:
    """A pipe, a socket, a device: nothing to copy."""
    return place.exists and not (place.is_file or place.is_folder or place.is_link)
