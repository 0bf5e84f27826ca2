"""Stores with many runs that have logged much, put together from docs/logging.md: what runs would take hours to log."""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

RUN_HEADER: dict[str, Any] = {
    "root": "/home/ada", "module": None, "cwd": "/home/ada", "packages": {}, "devices": [], "environment": {}, "git": None,
    "python": {"version": "3.11.7", "implementation": "cpython", "executable": "/usr/bin/python3", "prefix": "/usr"},
    "overhead": None, "florpy": "0.1.0", "host": "box", "user": "ada", "pid": 4711,
    "script": "/home/ada/train.py", "log_only": True,
}  # fmt: skip
END = {
    "status": "finished", "exit": 0, "ended": "2026-01-02T03:05:00Z", "seconds": 55.0, "statistics": [], "counters": {},
    "checkpoints": 0, "bytes": 0, "lost_seconds": 0.0, "ops": 0, "problems": [],
}  # fmt: skip
DAY_SECONDS = 86_400


def make(store: Path, runs: int, points_a_run: int, names: list[str]) -> None:
    """`points_a_run` points in each run, an equal number under each name, one a step of a loop."""
    steps = points_a_run // len(names)
    for number in range(runs):
        second = number % DAY_SECONDS
        name = f"20260102-{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}-{number // DAY_SECONDS:03x}000"
        folder = store / "runs" / name
        for inner in ("checkpoints", "packs", "replays", "log", "sources", "originals"):
            (folder / inner).mkdir(parents=True)
        rate = 0.001 * (number % 97 + 1)
        header = {**RUN_HEADER, "run": name, "started": "2026-01-02T03:04:05Z", "argv": ["train.py", "--rate", f"{rate:.4f}"]}
        (folder / "format").write_text("florpy-run 2\n")
        (folder / "run.json").write_text(json.dumps(header))
        for empty in ("lock", "sources.jsonl", "sites.jsonl", "output.ops"):
            (folder / empty).write_bytes(b"")
        (folder / "end.json").write_text(json.dumps(END))
        (folder / "log" / "0000000000000001-4711.values").write_bytes(_log(names, steps, number))


def _log(names: list[str], steps: int, seed: int) -> bytes:
    head = struct.pack("<BBHIqII", 1, 0, 3, 0, 1_700_000_000_000_000_000 + seed * 1_000_000_000, 4711, 1)
    for number, name in enumerate(["step", *names], 1):
        text = struct.pack("<I", len(name)) + name.encode()
        text += b"\0" * (-len(text) % 8)
        head += struct.pack("<BBHI", 3, 0, 1 + len(text) // 8, number) + text
    blocks = b"florlog1" + _block(head)
    # One position and a value of each name, as columns of 64-bit words.
    words: Any = np.zeros((steps, 4 + 3 * len(names)), dtype="<u8")
    step: Any = np.arange(steps, dtype=np.uint64)
    words[:, 0] = 4 | 2 << 8 | 4 << 16 | (step + 1) << 32
    words[:, 1] = 1 << 32  # in no other position; the loop is the first name
    words[:, 2] = words[:, 3] = step
    losses = np.random.default_rng(seed).random((len(names), steps))
    for place in range(len(names)):
        column = 4 + 3 * place
        words[:, column] = 5 | 3 << 8 | 3 << 16 | (place + 2) << 32
        words[:, column + 1] = (step + 1) | (step * 10 + place) << 32
        words[:, column + 2] = losses[place].view(np.uint64)
    for part in np.array_split(words, max(1, words.nbytes >> 20)):
        blocks += _block(part.tobytes())
    return blocks


def _block(payload: bytes) -> bytes:
    return b"FBLK" + struct.pack("<IQ", len(payload), _hash(payload, len(payload))) + payload


def _hash_function() -> ctypes._NamedFuncPointer:
    library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
    function = library.XXH3_64bits
    function.restype, function.argtypes = ctypes.c_uint64, [ctypes.c_char_p, ctypes.c_size_t]
    return function


_hash = _hash_function()
