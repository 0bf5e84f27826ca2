"""What a script can find out about how it was started."""

import os
import subprocess
from pathlib import Path
from typing import Any

FACTS = """
import importlib.machinery, os, sys
print(sys.argv, sys.orig_argv[1:], sys.path, sys.executable, sys.prefix, sys.base_prefix)
print(sys.flags, sys.version, sys.stdin, sys.stdout, sys.stderr, sys.stdout.buffer, sys.stderr.buffer)
print(sorted(globals()), __file__, __name__, __package__, __spec__ and __spec__.name, __doc__, __cached__)
print(isinstance(__loader__, importlib.machinery.SourceFileLoader), getattr(__loader__, 'name', None), __loader__.path)
print(sys._getframe().f_back is None, sys._getframe().f_code.co_filename, __builtins__)
print(sys.getfilesystemencoding(), sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors, sys.stdin.errors)
print(sys.warnoptions, sys.dont_write_bytecode, sys.getrecursionlimit(), sys.gettrace())
print(sys.excepthook is sys.__excepthook__)
print([name for name in os.environ if name.startswith("FLORPY_HOST")])
print([getattr(hook, "__name__", hook) for hook in sys.path_hooks])
print(open("/proc/self/cmdline").read().split(chr(0))[1:], open("/proc/self/comm").read())
"""


def test_a_script_sees_what_it_would_see_under_python(scripts: Any) -> None:
    assert scripts.same(FACTS, "one", "--two", "three four", "").status == 0


def test_options_after_the_script_belong_to_the_script(scripts: Any) -> None:
    outcome = scripts.same("import sys; print(sys.argv)", "--help", "--python", "-m", "--", "--version", "-x")
    assert b"'--help', '--python', '-m', '--', '--version', '-x'" in outcome.stdout


def test_arguments_need_not_be_utf8(script: Any) -> None:
    script.write("script.py", "import sys; print(ascii(sys.argv))")
    plain = subprocess.run([script.python, "script.py", b"\xff\xfe"], cwd=script.folder, capture_output=True, check=True)
    recorded = subprocess.run(
        [script.florpy, "record", "--python", script.python, "script.py", b"\xff\xfe"],
        cwd=script.folder,
        capture_output=True,
        check=True,
    )
    assert b"\\udcff" in plain.stdout
    assert recorded.stdout == plain.stdout


def test_paths_are_joined_as_python_joins_them(scripts: Any) -> None:
    scripts.write("folder/below/module.py", "print('imported', __file__)")
    scripts.write("folder/below/script.py", FACTS + "import module\n")
    (scripts.folder / "link.py").symlink_to("folder/below/script.py")
    for path in ("folder/below/script.py", "./folder/below/../below/script.py", "link.py", scripts.folder / "link.py"):
        assert b"imported" in scripts.same_command(path).stdout


def test_names_with_spaces_and_letters_of_any_kind(script: Any) -> None:
    assert script.same(FACTS, name="a folder/naïve skript.py").status == 0


def test_a_module_runs_as_with_m(scripts: Any) -> None:
    facts = FACTS.replace("__loader__.path", "sys.argv[0]")
    scripts.write("package/__init__.py", "print('package', __name__)")
    scripts.write("package/tool.py", facts)
    scripts.write("package/__main__.py", facts)
    assert b"--help" in scripts.same_command("-m", "package.tool", "--help").stdout
    assert scripts.same_command("-m", "package", "x").status == 0
    assert b"No module named absent" in scripts.same_command("-m", "absent").stderr
    assert b"ZeroDivisionError" in scripts.same_command("-m", "timeit", "-n1", "1/0").stderr


def test_a_folder_and_an_archive_run_their_main_module(scripts: Any) -> None:
    scripts.write("project/__main__.py", FACTS.replace("__loader__.path", "sys.argv[0]") + "import other\n")
    scripts.write("project/other.py", "print('other', __name__)")
    assert b"other other" in scripts.same_command("project", "x").stdout
    subprocess.run([scripts.python, "-m", "zipapp", "project", "-o", "tool.pyz"], cwd=scripts.folder, check=True)
    assert b"other other" in scripts.same_command("tool.pyz", "x").stdout


def test_the_safe_path_option_is_heard(script: Any) -> None:
    assert script.same(FACTS, variables={"PYTHONSAFEPATH": "1"}).status == 0


def test_a_plain_locale_gives_the_same_encodings(scripts: Any) -> None:
    for variables in (
        {"LC_ALL": "C"},
        {"LANG": "C", "LC_ALL": ""},
        {"PYTHONIOENCODING": "latin-1:replace"},
        {"PYTHONUTF8": "0"},
    ):
        outcome = scripts.same(FACTS + "print('caf\\xe9', '\\udcff')\n", variables=variables)
        assert outcome.stdout


def test_nothing_of_ours_is_on_the_stack(scripts: Any) -> None:
    text = "import traceback, inspect\ntraceback.print_stack()\nprint(len(inspect.stack()))\n"
    assert scripts.same(text).stdout == b"1\n"


def test_the_first_file_gets_the_first_number(script: Any) -> None:
    assert script.same("print(open('/dev/null').fileno())").stdout == b"3\n"


def test_an_interpreter_of_a_virtual_environment_is_found_by_its_variable(script: Any, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    subprocess.run([script.python, "-m", "venv", "--without-pip", str(environment)], check=True)
    script.write("script.py", "import sys; print(sys.executable, sys.prefix)")
    plain = script.outcome([str(environment / "bin" / "python"), "script.py"])
    variables = {"VIRTUAL_ENV": str(environment)}
    recorded = script.outcome([script.florpy, "record", "script.py"], variables=variables)
    assert str(environment).encode() in plain.stdout
    assert recorded == plain
    variables = {"PATH": f"{environment}/bin:{os.environ['PATH']}", "VIRTUAL_ENV": ""}
    recorded = script.outcome([script.florpy, "record", "script.py"], variables=variables)
    assert str(environment).encode() in recorded.stdout
