"""Scripts at a terminal: it is still one for them, with the same size, and what they write arrives as they wrote it."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from typing import Any

import pytest

from ..terminal import everything, heard_until
from .conftest import clean_environment

FACTS = """
import os, sys, subprocess
print([os.isatty(n) for n in (0, 1, 2)], sys.stdout.line_buffering, sys.stdout.buffer, os.get_terminal_size())
sys.stdout.write("progress\\r")
print("error", file=sys.stderr)
os.write(1, b"descriptor\\n")
subprocess.run("echo child; tput cols; echo child error >&2; stty size <&1", shell=True)
for i in range(200):
    print(i)
    print("error", i, file=sys.stderr)
"""


def resize(terminal: int, rows: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def at_terminal(command: list[str], folder: Any, **redirections: Any) -> tuple[bytes, int]:
    """Everything that the terminal received, and the status."""
    master, slave = pty.openpty()
    resize(slave, 33, 77)
    streams = {"stdin": slave, "stdout": slave, "stderr": slave} | redirections
    environment = clean_environment() | {"TERM": "xterm"}
    process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **streams)
    os.close(slave)
    received = without_our_words(everything(master))
    os.close(master)
    return received, process.wait(timeout=30)


def without_our_words(received: bytes) -> bytes:
    """At a terminal florpy has a last word of its own."""
    return re.sub(rb"florpy: [^\n]*\n", b"", received)


def test_a_terminal_stays_one(scripts: Any) -> None:
    scripts.write("script.py", FACTS)
    plain = at_terminal(scripts.plain("script.py"), scripts.folder)
    assert b"[True, True, True] True" in plain[0]
    assert b"columns=77, lines=33" in plain[0]
    assert at_terminal(scripts.recorded("script.py"), scripts.folder) == plain


@pytest.mark.parametrize("stream", ["stdin", "stdout", "stderr"])
def test_one_stream_elsewhere(script: Any, stream: str) -> None:
    text = """
import os, sys
print([os.isatty(n) for n in (0, 1, 2)], file=open("facts", "w"))
print("a")
sys.stderr.write("b")
"""
    script.write("script.py", text)
    seen = []
    for command in (script.plain("script.py"), script.recorded("script.py")):
        outcome = at_terminal(command, script.folder, **{stream: subprocess.DEVNULL})
        seen.append((outcome, (script.folder / "facts").read_text()))
    assert seen[0] == seen[1]
    assert seen[0][1].count("False") == 1


def test_the_script_hears_of_a_new_window_size(script: Any) -> None:
    text = """
import os, signal, time
sizes = []
signal.signal(signal.SIGWINCH, lambda number, frame: sizes.append(os.get_terminal_size()))
print("ready", flush=True)
while not sizes or sizes[-1].columns != 99:
    time.sleep(0.01)
print(sizes[-1])
"""
    script.write("script.py", text)
    master, slave = pty.openpty()
    resize(slave, 33, 77)
    streams = {"stdin": slave, "stdout": slave, "stderr": slave}
    process = subprocess.Popen(script.recorded("script.py"), cwd=script.folder, start_new_session=True, **streams)
    assert heard_until(master, b"ready\r\n") == b"ready\r\n"
    resize(slave, 44, 99)
    # The terminal is nobody's controlling one here, so nobody but us tells of the change.
    process.send_signal(signal.SIGWINCH)
    os.close(slave)
    assert b"columns=99, lines=44" in everything(master)
    assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(("key", "status"), [(b"\x03", -signal.SIGINT), (b"\x1c", -signal.SIGQUIT)])
def test_keys_of_the_terminal_reach_the_script_once(script: Any, key: bytes, status: int) -> None:
    text = """
import os, threading, time
threading.Timer(0.3, os.write, [1, b"ready\\n"]).start()
try:
    time.sleep(30)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    time.sleep(0.2)
    raise
"""
    script.write("script.py", text)
    seen = []
    for command in (script.plain("script.py"), script.recorded("script.py")):
        pid, master = pty.fork()
        if pid == 0:
            os.chdir(script.folder)
            os.execve(command[0], command, clean_environment())
        received = heard_until(master, b"ready\r\n")
        os.write(master, key)
        received = without_our_words(received + everything(master))
        seen.append((received, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
        os.close(master)
    assert seen[0] == seen[1]
    assert seen[0][1] == status
