"""The recorded run as a replay reads it: header, sources, sites, output, end. Plain files; nothing is executed or unpickled."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

# Of bytes: the hashes of as much of them as each length says, None where there is less.
PrefixHashes = Callable[[bytes, list[int]], list["str | None"]]

FunctionsRan = dict[tuple[str, int], frozenset[tuple[str, int]]]


class Core(Protocol):
    """The part of `_flor` that reads runs."""

    def prefix_hashes(self, content: bytes, lengths: list[int]) -> list[str | None]: ...

    def checkpoints(self) -> list[tuple[int, str]]: ...


@dataclass(frozen=True)
class RecordedRun:
    """One run folder. `statistics` are those of the end, or of the last checkpoint where there is no end."""

    folder: str
    header: dict[str, Any]
    sources: dict[str, bytes]
    modules: dict[str, str]
    end: dict[str, Any] | None

    @staticmethod
    def read(folder: str, core: Core) -> RecordedRun:
        """Reads a run; `OSError` or `ValueError` where it is not whole."""
        header = _object(os.path.join(folder, "run.json"))
        end_path = os.path.join(folder, "end.json")
        end = _object(end_path) if os.path.exists(end_path) else None
        sources: dict[str, bytes] = {}
        modules: dict[str, str] = {}
        index = os.path.join(folder, "sources.jsonl")
        known = _known_bytes(end, core.checkpoints(), os.path.getsize(index))
        for began, line in _lines(index):
            try:
                source = _kept(os.path.join(folder, "sources", line["hash"]))
                if core.prefix_hashes(source, [len(source)]) != [line["hash"]]:
                    raise ValueError(f"the kept source of {line['path']} is not what was recorded")
            except (OSError, ValueError):
                # A power failure may cost what was loaded after the last checkpoint. The replay does not come there.
                if began >= known:
                    continue
                raise
            sources[line["path"]], modules[line["path"]] = source, line["module"]
        return RecordedRun(folder, header, sources, modules, end)

    @property
    def first_run(self) -> str:
        """Of a run that resumed another, and so on, the one that resumed none; otherwise this one."""
        found: str = self.header["resumed"]["first"] if "resumed" in self.header else self.header["run"]
        return found

    def output(self) -> bytes:
        """The operations on the standard streams."""
        with open(os.path.join(self.folder, "output.ops"), "rb") as file:
            return file.read()

    def present_sources(self, root: str) -> dict[str, bytes]:
        """The recorded files as they are now; one that is gone has no entry."""
        found: dict[str, bytes] = {}
        for path in self.sources:
            try:
                with open(os.path.join(root, path), "rb") as file:
                    found[path] = file.read()
            except FileNotFoundError:
                continue
        return found


def functions_ran(statistics: list[dict[str, Any]]) -> FunctionsRan:
    """Which functions ran under each loop site."""
    return {
        (entry["site"][0], entry["site"][1]): frozenset(
            (path, ordinal) for path, ordinals in entry["ran"].items() for ordinal in ordinals
        )
        for entry in statistics
    }


def levels_asked(statistics: list[dict[str, Any]]) -> dict[tuple[str, int], frozenset[int] | None]:
    """Which levels of logging were asked for at each site (`flor/logs/asked.py`); None where the recording did not note it."""
    return {(entry["site"][0], entry["site"][1]): frozenset(entry["logged"]) if "logged" in entry else None for entry in statistics}


def _object(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        value: dict[str, Any] = json.load(file)
    return value


def _kept(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _known_bytes(end: dict[str, Any] | None, checkpoints: list[tuple[int, str]], length: int) -> int:
    """How much of `sources.jsonl` was durable together with the sources; all of it where an earlier florpy did not tell."""
    if end is None and not checkpoints:
        return 0
    latest = json.loads(checkpoints[-1][1]) if end is None else end
    if "sources" not in latest:
        return length
    if latest["sources"] is None:
        raise ValueError("not all of its sources could be kept")
    return int(latest["sources"]["bytes"])


def _lines(path: str) -> list[tuple[int, dict[str, Any]]]:
    """Each whole line, and where it begins."""
    found: list[tuple[int, dict[str, Any]]] = []
    began = 0
    for line in _kept(path).splitlines(keepends=True):
        if line.endswith(b"\n"):
            found.append((began, json.loads(line)))
        began += len(line)
    return found
