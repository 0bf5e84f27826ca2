"""Signals that reach florpy, and those that reach the script."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

# Another thread says so, when the main one has long been where the signal shall find it.
WAITING = """
import os, threading, time
threading.Timer(0.3, os.write, [1, b"ready\\n"]).start()
try:
    time.sleep(30)
finally:
    print("cleaned up", flush=True)
"""

HANDLING = """
import os, signal, sys, time
def handle(number, frame):
    os.write(1, f"handled {signal.Signals(number).name}\\n".encode())
    seen.append(number)
seen = []
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT, signal.SIGQUIT):
    signal.signal(number, handle)
print("ready", flush=True)
while not seen:
    time.sleep(0.01)
sys.exit(4)
"""


def ended(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes, int]:
    assert process.stdout is not None and process.stderr is not None
    return process.stdout.read(), process.stderr.read(), process.wait(timeout=30)


def children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(word) for word in text.split()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGQUIT])
def test_a_signal_that_the_script_does_not_handle(script: Any, started: Any, number: signal.Signals) -> None:
    script.write("script.py", WAITING)
    seen = []
    for command in (script.plain("script.py"), script.recorded("script.py")):
        process = started(command)
        process.send_signal(number)
        seen.append(ended(process))
    assert seen[0] == seen[1]
    assert seen[0][2] == -number


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT, signal.SIGQUIT],
)
def test_a_signal_that_the_script_handles(script: Any, started: Any, number: signal.Signals) -> None:
    script.write("script.py", HANDLING)
    process = started(script.recorded("script.py"))
    process.send_signal(number)
    assert ended(process) == (f"handled {number.name}\n".encode(), b"", 4)


def test_an_ignored_signal_stays_ignored(script: Any, started: Any) -> None:
    """As with nohup, and as shells do with SIGINT for what they run in the background."""
    script.write("script.py", "import signal\nprint(signal.getsignal(signal.SIGINT).name)\n")
    seen = []
    for command in (script.plain("script.py"), script.recorded("script.py")):
        seen.append(script.outcome(["sh", "-c", 'trap "" INT HUP; exec "$@"', "sh", *command]))
    assert seen[0] == seen[1]
    assert b"SIG_IGN" in seen[0].stdout


def test_dispositions_and_mask_are_the_plain_ones(script: Any) -> None:
    text = """
for line in open("/proc/self/status"):
    name, _, value = line.partition(":")
    if name in ("SigBlk", "SigIgn", "SigCgt"):
        # From 32 on they are libc's own.
        print(name, int(value, 16) & 0x7FFFFFFF)
"""
    assert b"SigIgn" in script.same(text).stdout


def test_the_script_dies_with_its_supervisor(script: Any, started: Any) -> None:
    script.write("script.py", WAITING)
    process = started(script.recorded("script.py"))
    (host,) = children(process.pid)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{host}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not Path(f"/proc/{host}").exists()


def test_a_script_that_stops_stops_us_too(script: Any, started: Any) -> None:
    """A shell that waits for florpy sees the job stop; continuing florpy continues the script."""
    text = "import os, signal\nprint('ready', flush=True)\nos.kill(os.getpid(), signal.SIGTSTP)\nprint('on')\n"
    script.write("script.py", text)
    process = started(script.recorded("script.py"), preexec_fn=os.setpgrp)
    number, status = os.waitpid(process.pid, os.WUNTRACED)
    assert number == process.pid and os.WIFSTOPPED(status)
    process.send_signal(signal.SIGCONT)
    assert ended(process) == (b"on\n", b"", 0)


def test_stopping_us_stops_the_script(script: Any, started: Any) -> None:
    script.write("script.py", WAITING)
    process = started(script.recorded("script.py"), preexec_fn=os.setpgrp)
    process.send_signal(signal.SIGTSTP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == -signal.SIGTERM
