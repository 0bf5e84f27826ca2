"""Files as they were where the recording began: what the run kept of those that the script changed later."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from .overlay import Overlay, copy_file
from .resolution import Place
from .system import system


def put_back(overlay: Overlay, run: str) -> list[str]:
    """Makes the script see files as they were; returns sentences about those that it sees otherwise."""
    notes = []
    for file in first_touches(os.path.join(run, "files.jsonl")):
        place = overlay.resolver.place(file["path"], follow=False)
        if place.is_outside:
            continue
        if not file["existed"]:
            overlay.hide(place)
        elif not _restore(overlay, place, file, run):
            notes.append(f"`{file['path']}` was not kept when it was recorded, so the script sees it as it is now")
    return notes


def first_touches(path: str) -> Iterator[dict[str, Any]]:
    """The first line of each path, folders before what lies in them."""
    try:
        descriptor = system.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        text = b"".join(iter(lambda: system.read(descriptor, 1 << 20), b""))
    finally:
        system.close(descriptor)
    found: dict[str, dict[str, Any]] = {}
    for line in text[: text.rfind(b"\n") + 1].splitlines():
        file = json.loads(line)
        found.setdefault(file["path"], file)
    yield from (found[path] for path in sorted(found))


def _restore(overlay: Overlay, place: Place, file: dict[str, Any], run: str) -> bool:
    """False where the file was not kept, and so stays as it is."""
    kind, mode = file["kind"], file["mode"]
    if kind == "file" and file["kept"] is None:
        return False
    if kind == "other" or (kind == "folder" and place.is_folder):
        return True
    _make_room(overlay, place)
    overlay.hide(place)
    if kind == "folder":
        system.mkdir(place.upper, 0o700)
        system.chmod(place.upper, mode)
    elif kind == "link":
        system.symlink(file["target"], place.upper)
    else:
        kept = os.path.join(run, "originals", file["kept"])
        copy_file(kept, place.upper, system.stat(kept))
        system.utime(place.upper, ns=(file["modified_nanoseconds"], file["modified_nanoseconds"]))
        system.chmod(place.upper, mode)
    return True


def _make_room(overlay: Overlay, place: Place) -> None:
    """Also where the user has no such folder any more."""
    above = overlay.resolver.place(os.path.dirname(place.path), follow=False)
    if above.path == "/" or above.is_upper:
        return
    _make_room(overlay, above)
    if above.is_folder:
        overlay.copy_up(above)
    else:
        system.mkdir(above.upper, 0o755)
