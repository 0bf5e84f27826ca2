"""Leaves of a run, read as the format's page says and not as florpy does."""

from __future__ import annotations

import ctypes
import ctypes.util
from pathlib import Path
from typing import NamedTuple

BLOCK_BYTES = 1 << 18


class Leaf(NamedTuple):
    """The latest version on a leaf's line in a manifest."""

    nbytes: int
    pack: int
    offset: int
    stored: int
    encoding: str


def leaves(manifest: Path) -> list[Leaf]:
    """Those of a checkpoint; the graph is the first."""
    lines = [line.split() for line in manifest.read_text(encoding="utf-8").splitlines() if line.startswith("leaf ")]
    return [Leaf(int(words[1]), *map(int, words[3:6]), words[6]) for words in lines]


def graph_bytes(run: Path, manifest: Path) -> bytes:
    """A graph is no number: its bytes are one plane, or stored as they are."""
    leaf = leaves(manifest)[0]
    stored = (run / "packs" / f"{leaf.pack:06}").read_bytes()[leaf.offset : leaf.offset + leaf.stored]
    if leaf.encoding == "raw":
        return stored
    assert leaf.encoding == "planes1"
    decoded = b""
    while stored:
        length, block_bytes = int.from_bytes(stored[:4], "little"), min(BLOCK_BYTES, leaf.nbytes - len(decoded))
        block, stored = stored[4 : 4 + length], stored[4 + length :]
        decoded += block if length == block_bytes else _decompressed(block, block_bytes)
    return decoded


def _decompressed(frame: bytes, nbytes: int) -> bytes:
    library = ctypes.CDLL(ctypes.util.find_library("zstd"))
    library.ZSTD_decompress.restype = ctypes.c_size_t
    output = ctypes.create_string_buffer(nbytes)
    assert library.ZSTD_decompress(output, ctypes.c_size_t(nbytes), frame, ctypes.c_size_t(len(frame))) == nbytes
    return output.raw
