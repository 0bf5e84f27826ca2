"""The command line of `florpy record`, and what it says where it cannot start."""

import os
import platform
import sys
import sysconfig
from typing import Any

import pytest


def test_there_is_no_such_script(script: Any) -> None:
    outcome = script.outcome(script.recorded("absent.py"))
    assert (outcome.status, outcome.stdout) == (66, b"")
    assert outcome.stderr.startswith(b"error: no such script: `absent.py`\n\nhint: ")


def test_a_folder_without_a_main_module(script: Any) -> None:
    (script.folder / "folder").mkdir()
    outcome = script.outcome(script.recorded("folder"))
    assert outcome.status == 66
    assert outcome.stderr.startswith(b"error: `folder` is a folder without `__main__.py`\n\nhint: ")


@pytest.mark.parametrize("arguments", [[], ["--nonsense", "script.py"], ["--overhead", "2", "script.py"]])
def test_a_wrong_command_line(script: Any, arguments: list[str]) -> None:
    script.write("script.py", "")
    outcome = script.outcome([script.florpy, "record", *arguments])
    assert (outcome.status, outcome.stdout) == (64, b"")
    assert outcome.stderr


def test_interpreters_that_will_not_do(script: Any) -> None:
    script.write("script.py", "")
    broken = script.write("broken", "#!/bin/sh\necho no such luck\nexit 3\n")
    broken.chmod(0o755)
    text = "#!/bin/sh\nfor f in cpython 3.9.1 '' /x /y '' '' '' ''; do echo florpy-fact:$f; done\n"
    old = script.write("old", text)
    old.chmod(0o755)
    static = script.write("static", text.replace("3.9.1", "3.11.1"))
    static.chmod(0o755)
    folder, name = sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME")
    major, minor = sys.version_info[:2]
    mixed = text.replace("3.9.1", f"{major}.{minor}.99").replace("/y '' '' ''", f"/y {folder} '' {name}")
    script.write("mixed", mixed).chmod(0o755)
    for path, reason in (
        ("absent", b"error: no Python at `absent`"),
        ("./script.py", b"error: `./script.py` does not run as a Python interpreter: it is not an executable file"),
        ("./broken", b"error: `./broken` does not run as a Python interpreter: no such luck"),
        ("./old", b"error: `./old` is Python 3.9.1, which florpy does not support"),
        ("./static", b"error: `./static` has no shared libpython3.11; looked in /y/lib, /y/lib64"),
        ("./mixed", f"error: cannot load `{folder}/{name}`: it is of Python {platform.python_version()}, and the".encode()),
    ):
        outcome = script.outcome([script.florpy, "record", "--python", path, "script.py"])
        assert outcome.status == 69
        assert outcome.stderr.startswith(reason), outcome.stderr
        assert b"\n\nhint: " in outcome.stderr


def test_no_interpreter_at_all(script: Any) -> None:
    script.write("script.py", "")
    outcome = script.outcome([script.florpy, "record", "script.py"], variables={"PATH": "/absent", "VIRTUAL_ENV": ""})
    assert outcome.status == 69
    assert outcome.stderr.startswith(b"error: no `python3` on PATH\n\nhint: ")


def test_the_python_package_is_not_there(script: Any) -> None:
    script.write("script.py", "")
    outcome = script.outcome(script.recorded("script.py"), variables={"FLORPY_PYTHON_DIR": str(script.folder)})
    assert outcome.status == 71
    assert b"hint: set FLORPY_PYTHON_DIR" in outcome.stderr


def test_a_wrong_block_variable_is_no_host(script: Any) -> None:
    outcome = script.outcome([script.florpy, "--version"], variables={"FLORPY_HOST_BLOCK": "1"})
    assert outcome.stdout.startswith(b"florpy ")


def test_help_shows_examples(script: Any) -> None:
    for arguments in ([], ["record"]):
        outcome = script.outcome([script.florpy, *arguments, "--help"])
        assert outcome.status == 0
        assert b"florpy record train.py" in outcome.stdout


def test_a_script_named_after_a_separator(script: Any) -> None:
    script.write("script.py", "import sys; print(sys.argv)")
    outcome = script.outcome([script.florpy, "record", "--python", sys.executable, "--", "script.py", "--", "-x"])
    assert outcome.stdout == b"['script.py', '--', '-x']\n"


def test_a_store_that_cannot_be_written_does_not_stop_the_script(script: Any) -> None:
    script.write("script.py", "print('ran')")
    place = script.write("occupied", "a file")
    outcome = script.outcome([*script.recorded()[:2], "--store", str(place), *script.recorded("script.py")[2:]])
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, b"ran\n", b"")


def test_verbose_says_what_it_does_on_stderr(script: Any) -> None:
    script.write("script.py", "print('ran')")
    outcome = script.outcome([*script.recorded()[:2], "--verbose", *script.recorded("script.py")[2:]])
    assert outcome.stdout == b"ran\n"
    assert b"recording run" in outcome.stderr


def test_the_run_keeps_a_copy_of_the_output(script: Any) -> None:
    store = script.folder / "store"
    text = """
import glob, json, os, sys, _flor
settings = json.loads(_flor.settings())
os.makedirs(os.path.join(settings["store"], "runs", settings["run"]), exist_ok=True)
print("out")
print("err", file=sys.stderr)
os.system("echo child")
"""
    script.write("script.py", text)
    outcome = script.outcome([*script.recorded()[:2], "--store", str(store), *script.recorded("script.py")[2:]])
    (run,) = os.listdir(store / "runs")
    assert (store / "runs" / run / "stdout.log").read_bytes() == outcome.stdout != b""
    assert (store / "runs" / run / "stderr.log").read_bytes() == outcome.stderr == b"err\n"
