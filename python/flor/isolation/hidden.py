"""Paths whose file of the user's is not to be seen, with all that lies below; shared by the processes of one replay.

A path that was hidden stays hidden: what the script makes there later lies in the upper layer. So the file that says
so only grows, and a process looks whether it has grown. A line of `null` says that folders or links have changed.
"""

from __future__ import annotations

import json
import os

from .system import system


class HiddenPaths:
    """The set of hidden paths, absolute and without links."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._paths: set[str] = set()
        self._read_bytes = 0
        system.close(system.open(file, os.O_WRONLY | os.O_CREAT, 0o600))

    def add(self, path: str) -> None:
        self._refresh()
        if path not in self._paths:
            self._append(path)
            self._refresh()

    def tell_change(self) -> None:
        """Something else changed that a process may remember of the layers."""
        self._append(None)

    def _append(self, line: str | None) -> None:
        descriptor = system.open(self._file, os.O_WRONLY | os.O_APPEND)
        try:
            # One write of one line, so that lines of several processes do not mix.
            system.write(descriptor, json.dumps(line).encode() + b"\n")
        finally:
            system.close(descriptor)

    def all(self) -> frozenset[str]:
        self._refresh()
        return frozenset(self._paths)

    def hides(self, path: str) -> bool:
        """Whether `path` itself was hidden; what lies above it is the caller's to ask."""
        return path in self._paths

    def names_in(self, folder: str) -> set[str]:
        """The names directly in `folder` that are hidden."""
        self._refresh()
        start = folder.rstrip("/") + "/"
        return {path[len(start) :] for path in self._paths if path.startswith(start) and "/" not in path[len(start) :]}

    def version(self) -> int:
        """Reads what other processes have added; a number that is another after every change."""
        self._refresh()
        return self._read_bytes

    def _refresh(self) -> None:
        if system.stat(self._file).st_size == self._read_bytes:
            return
        descriptor = system.open(self._file, os.O_RDONLY)
        try:
            os.lseek(descriptor, self._read_bytes, os.SEEK_SET)
            text = b"".join(iter(lambda: system.read(descriptor, 1 << 20), b""))
        finally:
            system.close(descriptor)
        whole = text[: text.rfind(b"\n") + 1]
        self._paths.update(path for path in map(json.loads, whole.splitlines()) if path is not None)
        self._read_bytes += len(whole)
