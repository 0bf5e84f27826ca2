"""The record of what a script does to its streams, and doing it again."""

from typing import Any

HEAD = """
import os, sys, _flor
from flor import streams
log = streams.log
log.take()
def taken(): return list(streams.operations(log.take()))
"""


def noted(script: Any, text: str, **options: Any) -> str:
    script.write("script.py", HEAD + text + "\nprint(found, file=open('found', 'w'))\n")
    outcome = script.outcome(script.recorded("script.py"), **options)
    assert (outcome.status, outcome.stderr) == (0, b"")
    return (script.folder / "found").read_text().strip()


def test_each_operation_is_noted_in_order(scripts: Any) -> None:
    text = """
print("a", 1)
sys.stderr.flush()
sys.stdout.buffer.write(bytearray(b"\\xff"))
sys.stdout.writelines(["x", "y"])
print("é\\udcff", end="", flush=True)
sys.stdout.buffer.writelines([b"p", b"q"])
found = taken()
"""
    expected = [
        ("t", b"a"),
        ("t", b" "),
        ("t", b"1"),
        ("t", b"\n"),
        ("F", b""),
        ("b", b"\xff"),
        ("t", b"x"),
        ("t", b"y"),
    ]
    expected += [("t", b"\xc3\xa9\xed\xb3\xbf"), ("t", b""), ("f", b""), ("b", b"p"), ("b", b"q")]
    assert noted(scripts, text, variables={"PYTHONIOENCODING": "utf-8:surrogateescape"}) == str(expected)


def test_unbuffered_streams_are_noted_alike(script: Any) -> None:
    text = "print('a')\nsys.stdout.buffer.write(b'b')\nfound = taken()\n"
    assert noted(script, text, variables={"PYTHONUNBUFFERED": "1"}) == str([("t", b"a"), ("t", b"\n"), ("b", b"b")])


def test_what_a_line_or_a_full_buffer_moves_is_noted_once(script: Any) -> None:
    text = """
sys.stdout.reconfigure(line_buffering=True)
log.take()
print("x" * 100000)
found = [(kind, len(data)) for kind, data in taken()]
"""
    assert noted(script, text) == str([("t", 100000), ("t", 1)])


def test_lengths_count_what_was_taken_and_what_was_not(script: Any) -> None:
    text = """
before = log.length
print("é")
log.take()
print("b")
found = [log.length - before, log.stdout_length, log.written]
"""
    assert noted(script, text) == str([4 * 5 + 2 + 1 + 1 + 1, 5, 0])


def test_refused_text_is_not_noted(script: Any) -> None:
    text = """
sys.stdout.reconfigure(encoding="ascii")
log.take()
try:
    print("\\xe9", end="")
except UnicodeEncodeError:
    pass
try:
    sys.stdout.write(b"bytes")
except TypeError:
    pass
found = taken()
"""
    assert noted(script, text) == "[]"


def test_a_redirection_of_the_script_is_not_noted(script: Any) -> None:
    text = """
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()):
    print("elsewhere")
other = open(os.devnull, "w")
print("elsewhere", file=other)
found = taken()
"""
    assert noted(script, text) == "[]"


def test_a_forked_child_is_not_noted(script: Any) -> None:
    text = """
child = os.fork()
if child == 0:
    print("child", flush=True)
    os._exit(len(taken()))
found = os.waitpid(child, 0)[1], taken()
"""
    assert noted(script, text) == str((0, []))


def test_operations_done_again_write_the_same_bytes(scripts: Any) -> None:
    text = """
def act():
    print("text é", 1, end="|")
    sys.stdout.buffer.write(b"\\xff raw\\n")
    sys.stderr.write("error\\n")
    print("flushed", flush=True)
    sys.stderr.buffer.write(b"\\xfe\\n")
act()
sys.stdout.flush()
records = log.take()
if "twice" in sys.argv:
    act()
    sys.stdout.flush()
else:
    log.reemit(records)
    assert log.take() == records
"""
    scripts.write("script.py", HEAD + text)
    again = scripts.outcome(scripts.recorded("script.py"))
    assert again == scripts.outcome(scripts.recorded("script.py", "twice"))
    assert again.stdout.count(b"flushed") == 2


def test_threads_that_write_at_once(script: Any) -> None:
    text = """
import threading
def write(name):
    for i in range(2000):
        sys.stdout.write(f"{name}{i}\\n")
        sys.stdout.buffer.write(b"")
threads = [threading.Thread(target=write, args=(n,)) for n in "abcd"]
[t.start() for t in threads]
[t.join() for t in threads]
sys.stdout.flush()
noted = taken()
found = (len([d for k, d in noted if k == "t"]), len([d for k, d in noted if k == "b" and d]), log.foreign_bytes())
"""
    assert noted(script, text) == str((8000, 0, 0))


def test_records_can_be_taken_before_they_are_too_many(script: Any) -> None:
    text = """
sizes = []
log.when_full(lambda: sizes.append(len(log.take())))
for i in range(300):
    print("x" * 9999)
found = (len(sizes), all(1 << 20 <= size < 1.1 * (1 << 20) for size in sizes), log.length >= sum(sizes))
"""
    assert noted(script, text) == str((2, True, True))


def test_a_failure_to_take_them_is_not_the_writers(script: Any) -> None:
    text = "log.when_full(lambda: 1 / 0)\nprint('x' * (1 << 20))\nprint('after', file=open('after', 'w'))\n"
    script.write("script.py", HEAD + text)
    outcome = script.outcome(script.recorded("script.py"))
    assert outcome.status == 0
    assert b"ZeroDivisionError" in outcome.stderr
    assert (script.folder / "after").exists()
