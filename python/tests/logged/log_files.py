"""Log files as `docs/logging.md` describes them, read by code that shares nothing with florpy's: the oracle of these tests."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Blob:
    kind: int
    item_type: str
    dimensions: tuple[int, ...]
    contents: bytes


@dataclass(frozen=True)
class Value:
    name: str
    value: Any
    position: tuple[tuple[str, int, Any], ...]  # loop, iteration, item
    step: int | None
    is_argument: bool
    seconds: float
    pid: int


def values(run: Path, folder: str = "log") -> list[Value]:
    """All that the run's processes have logged, in the order of time."""
    found = [value for file in sorted((run / folder).glob("*.values")) for value in _values(file, run / "blobs")]
    return sorted(found, key=lambda value: value.seconds)


def blocks(contents: bytes) -> Iterator[bytes]:
    """The payloads; fails where anything else is between them."""
    assert contents[:8] == b"florlog1"
    place = 8
    while place < len(contents):
        assert contents[place : place + 4] == b"FBLK", f"no block at byte {place} of {len(contents)}"
        (length,) = struct.unpack_from("<I", contents, place + 4)
        yield contents[place + 16 : place + 16 + length]
        place += 16 + length
    assert place == len(contents)


def _records(contents: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    for payload in blocks(contents):
        place = 0
        while place < len(payload):
            kind, kind_of_value, units, number = struct.unpack_from("<BBHI", payload, place)
            assert units > 0
            yield kind, kind_of_value, number, payload[place + 8 : place + 8 * units]
            place += 8 * units


def _values(file: Path, blobs: Path) -> Iterator[Value]:
    names: dict[int, str] = {}
    positions: dict[int, tuple[tuple[str, int, Any], ...]] = {0: ()}
    clock = pid = 0
    for kind, kind_of_value, number, rest in _records(file.read_bytes()):
        if kind == 1:
            clock, pid, _ = struct.unpack_from("<qII", rest)
        elif kind == 2:
            (clock,) = struct.unpack_from("<q", rest)
        elif kind == 3:
            names[number] = _text(rest)
        elif kind == 4:
            outer, name, iteration = struct.unpack_from("<IIq", rest)
            item = _payload(kind_of_value, rest[16:], blobs)
            positions[number] = (*positions[outer], (names[name], iteration, item))
        else:
            position, elapsed = struct.unpack_from("<II", rest)
            has_step = kind_of_value & 64
            step = struct.unpack_from("<q", rest, 8)[0] if has_step else None
            payload = rest[16 if has_step else 8 :]
            time = clock + 1000 * elapsed if kind_of_value & 63 != 7 else struct.unpack_from("<q", payload, 24)[0]
            value = _payload(kind_of_value & 63, payload, blobs)
            yield Value(names[number], value, positions[position], step, kind_of_value & 128 != 0, time / 1e9, pid)


def _text(rest: bytes) -> str:
    (length,) = struct.unpack_from("<I", rest)
    return rest[4 : 4 + length].decode("utf-8", "surrogatepass")


def _payload(kind: int, rest: bytes, blobs: Path) -> Any:
    if kind == 0:
        return None
    if kind == 1:
        return rest[0] == 1
    if kind in (2, 3):
        return struct.unpack_from("<q" if kind == 2 else "<d", rest)[0]
    if kind in (4, 5):
        return _text(rest) if kind == 4 else int(_text(rest))
    if kind == 6:
        name, text = struct.unpack_from("<II", rest)
        return rest[8 : 8 + name].decode(), rest[8 + name : 8 + name + text].decode()
    high, low, count, _, blob_kind, dimensions, type_length = struct.unpack_from("<QQQqBBH", rest)
    names = 40 + 8 * dimensions
    contents = (blobs / f"{high:016x}{low:016x}").read_bytes()
    assert len(contents) == count
    shape = struct.unpack_from(f"<{dimensions}q", rest, 40)
    return Blob(blob_kind, rest[names : names + type_length].decode(), shape, contents)
