"""The isolation of one replay worker: begins before the script does, reports when it has ended."""

from __future__ import annotations

import atexit
import os
from typing import Any

from .after_import import AfterImport
from .installing import Disguises, Replacements
from .libraries import watch_sqlite, watch_torch
from .opening import Opening
from .originals import put_back
from .outside import Outside
from .overlay import Overlay
from .reading import Reading
from .system import system
from .temporary_names import watch_tempfile
from .writing import Writing

_READING = (
    "access", "chdir", "getcwd", "getcwdb", "getxattr", "listdir", "listxattr", "lstat", "readlink", "scandir", "stat",
    "statvfs",
)  # fmt: skip
_WRITING = (
    "chmod", "chown", "lchown", "link", "mkdir", "mkfifo", "mknod", "remove", "removexattr", "rename", "replace",
    "rmdir", "setxattr", "symlink", "truncate", "unlink", "utime",
)  # fmt: skip


def begin(core: Any, settings: dict[str, Any], notes: list[str]) -> Overlay | None:
    """From here on the script's writes stay in the replay's folder. `notes` gets what the user should know."""
    after = AfterImport()
    after.install()
    watch_tempfile(after, settings.get("names", settings["run"]))
    if settings.get("allow_writes"):
        return None
    outside = Outside(settings["store"])
    _clear(settings["replay_folder"])
    overlay = Overlay(settings["replay_folder"], outside)
    notes += put_back(overlay, settings["run_folder"])
    _install(core, overlay, after)
    core.guard([folder + "/" for folder in outside.folders])
    # Exit functions run last come, first go: this one before the worker's report, after the script's own.
    atexit.register(_note_programs, core, notes)
    return overlay


def _install(core: Any, overlay: Overlay, after: AfterImport) -> None:
    disguises = Disguises(core)
    replacements = Replacements(disguises)
    reading, writing, opening = Reading(overlay), Writing(overlay), Opening(overlay, core)
    for owner, names in ((reading, _READING), (writing, _WRITING)):
        for name in names:
            replacements.put(getattr(system, name), getattr(owner, name))
    replacements.put(system.open, opening.os_open)
    replacements.put(system.io_open, opening.open)
    paths = _OverlayPaths(opening)
    watch_torch(after, paths)
    watch_sqlite(after, paths, disguises.make)
    replacements.install()


class _OverlayPaths:
    """For libraries that open files by themselves."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening

    def for_writing(self, path: str, *, afresh: bool) -> str:
        flags = os.O_RDWR | os.O_CREAT | (os.O_TRUNC if afresh else 0)
        try:
            return self._opening.path_for_writing(path, flags)
        except OSError:
            # The library is to say so in its own words.
            return self._opening.path_for_reading(path)

    def for_reading(self, path: str) -> str:
        return self._opening.path_for_reading(path)


def _clear(folder: str) -> None:
    """Takes away what an earlier attempt of this replay has left."""
    files = os.path.join(folder, "files")
    for above, folders, names in os.walk(files, topdown=False):
        for name in names:
            system.remove(os.path.join(above, name))
        for name in folders:
            path = os.path.join(above, name)
            (system.remove if os.path.islink(path) else system.rmdir)(path)
    if os.path.isdir(files):
        system.rmdir(files)
    hidden = os.path.join(folder, "hidden.jsonl")
    if os.path.exists(hidden):
        system.remove(hidden)


def _note_programs(core: Any, notes: list[str]) -> None:
    count, first = core.programs()
    if count:
        notes.append(
            f"the script started {count} other programs (the first: {first}); what they write goes to the user's "
            "files, and they do not see what the script has written"
        )
