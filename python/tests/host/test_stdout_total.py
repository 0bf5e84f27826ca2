"""`_flor.total_stdout()`: bytes that have left on standard output so far, exact at every moment."""

import subprocess
from typing import Any

import pytest

from .test_terminal import at_terminal

# Whatever way a round writes, what is not of the streams must be counted right at once, while the relay is at work.
ROUNDS = """
import os, subprocess, sys
import _flor
from flor import streams

wrong = []
foreign = 0

def check(what):
    if streams.log.foreign_bytes() != foreign:
        wrong.append((what, foreign, streams.log.foreign_bytes()))

check("start")
for i in range(300):
    data = b"x" * (i * 37 % 5000) + b"\\n"
    os.write(1, data)
    foreign += len(data)
    check("descriptor")
    print("text", i)
    check("text, maybe unwritten")
    sys.stdout.flush()
    check("text")
    sys.stdout.buffer.write(data)
    check("buffer")
    print("error", file=sys.stderr)
    check("error")
    if i % 30 == 0:
        subprocess.run(["printf", "child"])
        foreign += 5
        check("child")
sys.stdout.flush()
print(wrong[:3], len(wrong), _flor.total_stdout(), file=open("facts", "w"))
"""


def facts(script: Any) -> tuple[bool, int]:
    """Whether every count was right, and the last total."""
    *wrong, count, total = (script.folder / "facts").read_text().split()
    assert (wrong, count) == (["[]"], "0")
    return True, int(total)


@pytest.mark.parametrize("variables", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_it_is_exact_for_a_pipe(scripts: Any, variables: dict[str, str]) -> None:
    scripts.write("script.py", ROUNDS)
    outcome = scripts.outcome(scripts.recorded("script.py"), variables=variables)
    assert outcome.status == 0
    assert facts(scripts) == (True, len(outcome.stdout))


def test_it_counts_both_streams_where_they_are_one(script: Any) -> None:
    script.write("script.py", ROUNDS)
    outcome = script.outcome(script.recorded("script.py"), stderr=subprocess.STDOUT)
    assert facts(script) == (True, len(outcome.stdout))


def test_it_is_exact_for_a_file(script: Any) -> None:
    script.write("script.py", ROUNDS)
    with open(script.folder / "out", "wb") as file:
        subprocess.run(script.recorded("script.py"), cwd=script.folder, stdout=file, stderr=subprocess.DEVNULL, check=True)
    assert facts(script) == (True, (script.folder / "out").stat().st_size)


def test_it_is_exact_at_a_terminal(script: Any) -> None:
    script.write("script.py", ROUNDS)
    received, status = at_terminal(script.recorded("script.py"), script.folder)
    assert status == 0
    # The real terminal puts a carriage return before each line's end.
    assert facts(script) == (True, len(received.replace(b"\r\n", b"\n")))


def test_it_is_unknown_once_the_script_closed_what_is_not_its_own(script: Any) -> None:
    script.write("script.py", "import os, _flor\nos.closerange(3, 2000)\nprint(_flor.total_stdout())\n")
    assert script.outcome(script.recorded("script.py")).stdout == b"-1\n"
