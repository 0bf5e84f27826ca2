"""A process that is killed while it logs: what was logged before the last moments is there, and a torn end is no damage."""

from __future__ import annotations

import json
import signal
import struct
import subprocess
import time
from pathlib import Path

import pytest

from ..florpy_binary import built_florpy
from .conftest import PlainPython
from .log_files import blocks, values

# What docs/logging.md promises, and what a machine that is busy with other things may add to it.
PROMISED_SECONDS = 0.1
BUSY_SECONDS = 3.0
MOST = 100_000

# Memory that is shared outlives the process: when each number was logged.
LOGGING = f"""
import flor, mmap, os, struct, time

times = mmap.mmap(os.open("times", os.O_RDWR), 8 * {MOST})
for number in range({MOST}):
    flor.log("number", number)
    struct.pack_into("<q", times, 8 * number, time.time_ns())
    time.sleep(0.001)
"""


def logged_at(folder: Path) -> list[int]:
    found = struct.unpack(f"<{MOST}q", (folder / "times").read_bytes())
    return list(found[: found.index(0)])


def test_only_the_last_moments_are_lost(plain_python: PlainPython) -> None:
    (plain_python.folder / "times").write_bytes(bytes(8 * MOST))
    process = plain_python.start(LOGGING)
    while not (times := logged_at(plain_python.folder)) or times[-1] - times[0] < (BUSY_SECONDS + 1) * 1e9:
        assert process.poll() is None
        time.sleep(0.1)
    killed = time.time_ns()
    process.kill()
    assert process.wait() == -signal.SIGKILL
    (run,) = plain_python.runs
    kept = [one.value for one in values(run)]
    safe = [time for time in logged_at(plain_python.folder) if time < killed - (PROMISED_SECONDS + BUSY_SECONDS) * 1e9]
    assert len(kept) >= len(safe) > 0
    assert kept == list(range(len(kept)))


# Three blocks, and the process is gone.
THREE_BLOCKS = """
import flor, os
for block in range(3):
    for number in range(4):
        flor.log("v", 4 * block + number)
    flor.run().flush()
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def killed(plain_python: PlainPython) -> PlainPython:
    process = plain_python.start(THREE_BLOCKS)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    return plain_python


def florpy(killed: PlainPython, *words: str) -> tuple[int, str]:
    done = subprocess.run([built_florpy(), *words], cwd=killed.folder, text=True, capture_output=True)
    return done.returncode, done.stdout


@pytest.mark.parametrize("left", [1, 7, 16, 17, -1])
@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_torn_block_at_the_end_is_left_out(killed: PlainPython, damage: str, left: int) -> None:
    """It is cut so that `left` bytes of it are there, or the byte there is another."""
    (run,) = killed.runs
    (file,) = (run / "log").iterdir()
    contents = file.read_bytes()
    last = [16 + len(payload) for payload in blocks(contents)][-1]
    place = len(contents) - last + (left if left > 0 else last + left)
    flipped = contents[:place] + bytes([contents[place] ^ 1]) + contents[place + 1 :]
    file.write_bytes(contents[:place] if damage == "cut" else flipped)
    status, text = florpy(killed, "logs", "latest", "--format", "jsonl")
    assert (status, [json.loads(line)["v"] for line in text.splitlines()]) == (0, list(range(8)))
    status, text = florpy(killed, "verify")
    torn = place - (len(contents) - last) if damage == "cut" else last
    assert status == 0 and f"its last {torn} bytes from byte {len(contents) - last} on" in text


def test_a_whole_block_behind_a_torn_one_is_damage(killed: PlainPython) -> None:
    (run,) = killed.runs
    (file,) = (run / "log").iterdir()
    contents = bytearray(file.read_bytes())
    last = [16 + len(payload) for payload in blocks(bytes(contents))][-1]
    contents[len(contents) - last - 1] ^= 1
    file.write_bytes(contents)
    status, text = florpy(killed, "verify")
    assert status == 65 and "invariant 101" in text
