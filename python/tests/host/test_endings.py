"""How a script ends, and what it leaves on stderr."""

import signal
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("argument", "status"),
    [("", 0), ("None", 0), ("0", 0), ("3", 3), ("256", 0), ("-1", 255), ("True", 1), ("'a reason'", 1), ("(1, 2)", 1)],
)
def test_sys_exit(script: Any, argument: str, status: int) -> None:
    assert script.same(f"import sys\nprint('before')\nsys.exit({argument})\n").status == status


def test_an_uncaught_exception(scripts: Any) -> None:
    text = """
def f(x):
    return 1 / x

print("before")
try:
    f(0)
except Exception as error:
    raise ValueError("a") from error
"""
    outcome = scripts.same(text)
    assert outcome.status == 1
    assert outcome.stderr.endswith(b"ValueError: a\n")


def test_a_file_that_does_not_compile(scripts: Any) -> None:
    for text in ("x = = 1\n", "def f(:\n", "return 1\n", "if 1:\nx", "'''open", "print 'x'\n"):
        outcome = scripts.same(text)
        assert outcome.status == 1
        assert b"Error" in outcome.stderr
    # Some versions end at a NUL, others complain.
    scripts.same("x = 1\0\n")


def test_a_file_in_another_encoding(script: Any) -> None:
    for text in (
        b"print('\xe9')\n",
        b"# coding: latin-1\nprint('\xe9')\n",
        b"# coding: nonsense\n",
        b"\xef\xbb\xbfprint(1)\n",
    ):
        (script.folder / "script.py").write_bytes(text)
        script.same_command("script.py")


def test_an_empty_file(script: Any) -> None:
    assert script.same("").status == 0


def test_a_file_that_may_not_be_read(script: Any) -> None:
    path = script.write("script.py", "print(1)")
    path.chmod(0)
    script.same_command("script.py")


@pytest.mark.parametrize("exception", ["KeyboardInterrupt", "KeyboardInterrupt('why')"])
def test_a_keyboard_interrupt_ends_by_its_signal(scripts: Any, exception: str) -> None:
    outcome = scripts.same(f"import atexit\natexit.register(print, 'at exit')\nprint('before')\nraise {exception}\n")
    assert outcome.status == -signal.SIGINT
    assert outcome.stdout == b"before\nat exit\n"


def test_a_subclass_of_keyboard_interrupt_is_an_error_like_others(scripts: Any) -> None:
    assert scripts.same("class Stop(KeyboardInterrupt): pass\nraise Stop\n").status == 1


def test_a_keyboard_interrupt_in_a_module(scripts: Any) -> None:
    scripts.write("tool.py", "raise KeyboardInterrupt\n")
    assert scripts.same_command("-m", "tool").status == -signal.SIGINT


def test_os_exit_loses_what_was_not_flushed(script: Any) -> None:
    assert script.same("import os\nprint('lost')\nos._exit(7)\n").status == 7


def test_abort_and_faults(script: Any) -> None:
    assert script.same("import os\nprint('lost')\nos.abort()\n").status == -signal.SIGABRT
    assert script.same("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n").status == -signal.SIGSEGV
    assert script.same("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n").status == -signal.SIGKILL


def test_exit_from_c(script: Any) -> None:
    assert script.same("import ctypes\nprint('lost')\nctypes.CDLL(None).exit(5)\n").status == 5


def test_atexit_functions_and_their_errors(scripts: Any) -> None:
    text = """
import atexit
class Failing:
    def __repr__(self): return "failing"
    def __call__(self): print(1 / 0)
atexit.register(Failing())
atexit.register(print, "last")
print("first")
"""
    assert scripts.same(text).stdout == b"first\nlast\n"
    assert scripts.same("import atexit, os\natexit.register(os._exit, 9)\n").status == 9
    text = "import atexit\natexit.register(lambda: print('__file__' in globals()))\n"
    assert scripts.same(text).stdout == b"False\n"


def test_objects_that_print_while_the_interpreter_ends(scripts: Any) -> None:
    text = """
import sys
class Late:
    def __init__(self, name): self.name = name
    def __del__(self, print=print, out=sys.stdout):
        print("gone", self.name)
        out.write("kept\\n")
a = Late("a")
print("end", end="")
"""
    outcome = scripts.same(text)
    assert outcome.status == 0
    assert b"kept" in outcome.stdout


def test_a_failing_flush_at_the_end(scripts: Any) -> None:
    outcome = scripts.same("import os, sys\nprint('lost')\nos.close(1)\n")
    assert outcome.status == 120


def test_an_excepthook_and_a_thread_that_fails(scripts: Any) -> None:
    text = """
import sys, threading
def hook(kind, value, trace): print("hook", kind.__name__, value)
sys.excepthook = hook
thread = threading.Thread(target=lambda: print("in the thread"))
thread.start()
thread.join()
raise RuntimeError("x")
"""
    assert b"hook RuntimeError x" in scripts.same(text).stdout
    text = "import threading as t\nt.Timer(0.05, print, ['late']).start()\nprint('main')\n"
    assert scripts.same(text).stdout == b"main\nlate\n"


def test_warnings(scripts: Any) -> None:
    text = "import warnings\nwarnings.warn('one')\nwarnings.warn('two', DeprecationWarning)\nx = 1\nprint(x is 1)\n'\\d'\n"
    outcome = scripts.same(text)
    assert b"script.py:2: UserWarning: one" in outcome.stderr
    assert scripts.same(text, variables={"PYTHONWARNINGS": "error"}).status == 1


def test_errors_of_the_streams_themselves(scripts: Any) -> None:
    """Their tracebacks show the script's lines alone."""
    text = """
import sys, traceback
def tried(action):
    try:
        action()
    except Exception:
        traceback.print_exc(file=sys.stdout)
tried(lambda: sys.stdout.write(5))
tried(lambda: sys.stdout.write())
tried(lambda: sys.stdout.buffer.write("text"))
tried(lambda: sys.stdout.buffer.write(memoryview(b"abcd")[::2]))
tried(lambda: print("ok", end=5))
sys.stdout.reconfigure(encoding="ascii")
tried(lambda: print("\\xe9"))
print("after")
print("\\xe9")
"""
    outcome = scripts.same(text)
    assert outcome.status == 1
    assert outcome.stderr.count(b"File") == 1
