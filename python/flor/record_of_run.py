"""The recorded run as a replay reads it: header, sources, sites, output, end. Plain files; nothing is executed or unpickled."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Of bytes: the hashes of as much of them as each length says, None where there is less.
PrefixHashes = Callable[[bytes, list[int]], list["str | None"]]

FunctionsRan = dict[tuple[str, int], frozenset[tuple[str, int]]]


@dataclass(frozen=True)
class RecordedRun:
    """One run folder. `statistics` are those of the end, or of the last checkpoint where there is no end."""

    folder: str
    header: dict[str, Any]
    sources: dict[str, bytes]
    modules: dict[str, str]
    end: dict[str, Any] | None

    @staticmethod
    def read(folder: str, hashes: PrefixHashes) -> RecordedRun:
        """Reads a run; `OSError` or `ValueError` where it is not whole."""
        header = _object(os.path.join(folder, "run.json"))
        sources: dict[str, bytes] = {}
        modules: dict[str, str] = {}
        for line in _lines(os.path.join(folder, "sources.jsonl")):
            with open(os.path.join(folder, "sources", line["hash"]), "rb") as file:
                source = sources[line["path"]] = file.read()
            if hashes(source, [len(source)]) != [line["hash"]]:
                raise ValueError(f"the kept source of {line['path']} is not what was recorded")
            modules[line["path"]] = line["module"]
        end = os.path.join(folder, "end.json")
        return RecordedRun(folder, header, sources, modules, _object(end) if os.path.exists(end) else None)

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


def _lines(path: str) -> list[dict[str, Any]]:
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.endswith("\n")]
