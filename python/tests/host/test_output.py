"""Bytes on their way out: content, order and time."""

import os
import subprocess
import sys
from typing import Any

import pytest

MANY_WAYS = """
import ctypes, os, subprocess, sys
print("text", end="")
sys.stdout.write(" more\\rpartial")
sys.stderr.write("error partial")
sys.stdout.buffer.write(b"\\xff\\xfe raw\\n")
sys.stdout.flush()
os.write(1, b"descriptor\\n")
os.write(2, b"descriptor 2\\n")
subprocess.run([sys.executable, "-c", "import sys; print('child'); print('child error', file=sys.stderr)"])
c = ctypes.CDLL(None)
c.printf(b"printf %d\\n", 5)
c.fflush(None)
subprocess.run("echo shell; echo shell error >&2", shell=True)
print("é ✓", flush=True)
print("x" * 100000)
sys.stdout.writelines(["a", "b\\n"])
sys.stdout.reconfigure(line_buffering=True)
print("line")
sys.stdout.reconfigure(encoding="latin-1", errors="replace")
print("é ✓")
sys.stderr.buffer.write(b"bytes")
print("no newline", end="")
"""


def test_every_way_to_write(scripts: Any) -> None:
    assert scripts.same(MANY_WAYS).stdout.endswith(b"no newline")


@pytest.mark.parametrize("variables", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_one_pipe_for_both_keeps_their_order(scripts: Any, variables: dict[str, str]) -> None:
    """Only the order tells these apart, and it is the script's own for all of them, those of children included."""
    text = MANY_WAYS + "for i in range(500):\n    print(i, flush=i % 3 == 0)\n    print('error', i, file=sys.stderr)\n"
    outcome = scripts.same(text, stderr=subprocess.STDOUT, variables=variables)
    assert b"error 499" in outcome.stdout


def test_unbuffered_streams(scripts: Any) -> None:
    assert scripts.same(MANY_WAYS, variables={"PYTHONUNBUFFERED": "1"}).status == 0


@pytest.mark.parametrize(
    "redirection",
    ["> out 2>&1", "> out 2> err", ">> out 2>> out", "> /dev/null", "2>&1 > out", "> out 2>&1 < script.py"],
)
def test_files_in_place_of_pipes(script: Any, redirection: str) -> None:
    script.write("script.py", MANY_WAYS + "print(sys.stdin.read()[:10])\n")
    seen = []
    for command in (script.plain("script.py"), script.recorded("script.py")):
        for name in ("out", "err"):
            (script.folder / name).unlink(missing_ok=True)
        outcome = script.outcome(["sh", "-c", f'"$@" {redirection}', "sh", *command])
        files = [path.read_bytes() for name in ("out", "err") if (path := script.folder / name).exists()]
        seen.append((outcome, files))
    assert seen[0] == seen[1]
    assert seen[0][0].status == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_stay_closed(scripts: Any, closed: str) -> None:
    text = """
import os, sys
print("out")
open("facts", "w").write(repr((sys.stdin, sys.stdout, sys.stderr, sys.__stdout__)))
print("err", file=sys.stderr)
"""
    scripts.write("script.py", text)
    seen = []
    for command in (scripts.plain("script.py"), scripts.recorded("script.py")):
        outcome = scripts.outcome(["sh", "-c", f'"$@" {closed}', "sh", *command], stdin=None)
        seen.append((outcome, (scripts.folder / "facts").read_text()))
    assert seen[0] == seen[1]


def test_a_reader_that_has_gone(scripts: Any) -> None:
    """The pipe is broken before the script writes: it must learn of it as it would without a relay."""
    scripts.write("script.py", "import time\ntime.sleep(0.3)\nfor i in range(20000): print('line', i)\n")
    seen = []
    for command in (scripts.plain("script.py"), scripts.recorded("script.py")):
        read, write = os.pipe()
        process = subprocess.Popen(command, cwd=scripts.folder, stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        os.close(read)
        seen.append((process.communicate()[1], process.returncode))
    assert seen[0] == seen[1]
    assert b"BrokenPipeError" in seen[0][0]


def test_a_reader_that_goes_after_the_first_line(script: Any) -> None:
    script.write("script.py", "i = 0\nwhile True:\n    i += 1\n    print('line', i)\n")
    seen = []
    for command in (script.plain("script.py"), script.recorded("script.py")):
        process = subprocess.Popen(command, cwd=script.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"line 1\n"
        process.stdout.close()
        seen.append(process.stderr.read())
        # What the buffer still holds may or may not be lost as well, which makes it 120.
        assert process.wait() in (1, 120)
        process.stderr.close()
    assert all(b"BrokenPipeError" in text for text in seen)


def test_a_full_device_is_no_success(script: Any) -> None:
    script.write("script.py", "print('lost')\n")
    with open("/dev/full", "w") as full:
        process = subprocess.run(script.recorded("script.py"), cwd=script.folder, stdout=full, stderr=subprocess.PIPE)
    # 1 where the relay knows before the script has ended (plain python ends so), 120 where it learns of it later.
    assert process.returncode in (1, 120)
    assert b"No space left on device" in process.stderr or b"Broken pipe" in process.stderr


def test_large_writes(script: Any) -> None:
    text = """
import os, sys
for i in range(3):
    sys.stdout.write("x" * (1 << 20))
    sys.stderr.write("y" * (1 << 20))
os.write(1, b"z" * 5)
"""
    outcome = script.same(text)
    assert len(outcome.stdout) == 3 * (1 << 20) + 5


def test_standard_input(scripts: Any) -> None:
    text = "import sys\nprint(repr(input('prompt> ')))\nprint(sys.stdin.read())\n"
    outcome = scripts.same(text, stdin=None, input=b"first\nsecond\xff\n")
    assert outcome.stdout.startswith(b"prompt> 'first'\n")


def test_a_child_that_outlives_the_script(script: Any) -> None:
    """Whoever reads the output waits for its last writer, and gets what that writes."""
    text = "import subprocess, sys\nsubprocess.Popen('sleep 1; echo late', shell=True)\nprint('done')\n"
    assert script.same(text).stdout == b"done\nlate\n"


def test_output_arrives_when_it_is_flushed(script: Any, started: Any) -> None:
    text = """
import sys
print("ready", flush=True)
print("got", sys.stdin.readline(), flush=True)
sys.stdin.read()
"""
    script.write("script.py", text)
    process = started(script.recorded("script.py"), stdin=subprocess.PIPE)
    process.stdin.write(b"word\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"got word\n"
    process.stdin.close()
    assert process.wait() == 0


def test_streams_that_were_bound_early(script: Any) -> None:
    text = """
import contextlib, io, logging, sys
handler = logging.StreamHandler(sys.stdout)
logging.basicConfig(level=logging.INFO, handlers=[handler])
with contextlib.redirect_stdout(io.StringIO()) as kept:
    print("kept")
    logging.info("not kept")
print(repr(kept.getvalue()), isinstance(sys.stdout, io.TextIOWrapper), isinstance(sys.stdout.buffer, io.BufferedWriter))
print(type(sys.stdout), type(sys.stdout.buffer), type(sys.stdout.buffer.raw), sys.stdout.__class__, sys.stdout.name)
sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding="utf-16", write_through=True)
print("wide")
"""
    assert script.same(text).status == 0


def test_the_interpreter_may_be_another_than_ours(script: Any) -> None:
    outcome = script.outcome([script.florpy, "record", "--python", sys.executable, "absent.py"])
    assert outcome.status == 66
