"""With the finder installed, a program imports as under plain python: same output, same errors, same files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from rewriting import RunsEverything  # noqa: F401  (its folder is on the path of the children too)

from flor.rewrite import ProjectFinder

PREPARED = """
import sys, os
sys.path[:0] = os.environ["FLOR_TEST_PATH"].split(os.pathsep)
dont_write, sys.dont_write_bytecode = sys.dont_write_bytecode, True
from flor.rewrite import ProjectFinder, rewrite_module
from rewriting import RunsEverything
sys.dont_write_bytecode = dont_write
del sys.path[:2]
loaded = []
def load(name, path, source):
    loaded.append(name)
    return rewrite_module(source, path).linked(RunsEverything())
finder = ProjectFinder(os.getcwd(), load, include=os.environ["FLOR_TEST_INCLUDE"].split())
finder.install()
sys.argv = sys.argv[1:]
sys.path[0] = os.getcwd()
namespace = {"__name__": "__main__", "__file__": os.path.join(os.getcwd(), sys.argv[0])}
import __main__
vars(__main__).update(namespace)
def show():
    print("loaded", loaded, file=sys.stderr)
import atexit; atexit.register(show)
with open(sys.argv[0], "rb") as file: source = file.read()
code = compile(source, namespace["__file__"], "exec", dont_inherit=True)
exec(code, vars(__main__))
"""


def make(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


class Children:
    """Runs one project twice, in two copies of the same name: under plain python and with the finder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, files: dict[str, str], *, arguments: tuple[str, ...] = (), include: str = "") -> list[str]:
        """Compares the two, and returns the names of the modules that were loaded through the finder."""
        results = []
        for prepared in (False, True):
            project = make(self.folder / str(prepared) / "project", files)
            results.append(self._child(project, prepared, arguments, include))
        (plain, plain_files), (other, other_files) = results
        trouble, _, loaded = other.stderr.rpartition("loaded ")
        assert (other.stdout, _without_frames_of_exec(trouble)) == (plain.stdout, plain.stderr)
        assert other.returncode == plain.returncode
        assert other_files == plain_files
        return sorted(eval(loaded))

    def _child(
        self, project: Path, prepared: bool, arguments: tuple[str, ...], include: str
    ) -> tuple[subprocess.CompletedProcess[str], dict[str, bytes | None]]:
        here = Path(__file__).resolve()
        environment = {key: text for key, text in os.environ.items() if not key.startswith("PYTHON")}
        environment["FLOR_TEST_PATH"] = os.pathsep.join([str(here.parents[2]), str(here.parent)])
        environment["FLOR_TEST_INCLUDE"] = include
        environment["PYTHONPATH"] = "../elsewhere"
        path = str(project / "main.py")
        command = [sys.executable, *arguments, *(["-c", PREPARED, "main.py"] if prepared else [path])]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=60)
        done.stdout = done.stdout.replace(str(project), "PROJECT")
        done.stderr = done.stderr.replace(str(project), "PROJECT")
        return done, {str(file.relative_to(project)): _content(file) for file in project.rglob("*")}


def _content(file: Path) -> bytes | None:
    """Of a `.pyc` file what follows the time of its source; it names the source's folder, so the length has to do."""
    if file.suffix != ".pyc":
        return file.read_bytes() if file.is_file() else None
    return file.read_bytes()[12:16]


def _without_frames_of_exec(trouble: str) -> str:
    """The test's own `exec` is a frame that plain python does not have."""
    return re.sub(r'  File "<string>", line \d+, in <module>\n(?:    .*\n)*', "", trouble)


@pytest.fixture
def children(tmp_path: Path) -> Children:
    return Children(tmp_path)


LOOP = "for i in range(2):\n    last = i\n"


def test_packages_modules_and_namespaces_are_imported_as_ever(children: Children) -> None:
    shows = """
import sys
def show(module):
    spec = module.__spec__
    print(module.__name__, getattr(module, "__file__", None), getattr(module, "__cached__", None), module.__package__)
    print(spec.origin, spec.has_location, spec.parent, spec.submodule_search_locations and 1, sorted(vars(module)))
"""
    files = {
        "shows.py": shows,
        "main.py": "import shows, importlib, inspect, package.part, space.inner, single, json\n"
        "for m in (shows, package, package.part, space, space.inner, single): shows.show(m)\n"
        "print(inspect.getsource(single.f), single.__loader__.get_source('single') == inspect.getsource(single))\n"
        "single.f.kept = 1; print(importlib.reload(single) is single, hasattr(single.f, 'kept'))\n",
        "package/__init__.py": LOOP + "from . import part\nfrom .part import last as other\n",
        "package/part.py": LOOP,
        "space/inner.py": LOOP,
        "single.py": LOOP + "def f():\n    for i in range(2):\n        return i\nprint(f())\n",
    }
    loaded = children.run(files)
    assert loaded == ["package", "package.part", "shows", "single", "single", "space.inner"]


def test_no_bytecode_is_written_where_python_is_told_not_to(children: Children) -> None:
    assert children.run({"main.py": "import a\n", "a.py": LOOP}, arguments=("-B",)) == ["a"]


def test_optimised_bytecode_has_pythons_own_name(children: Children) -> None:
    assert children.run({"main.py": "import a\n", "a.py": "assert 0\n" + LOOP}, arguments=("-O",)) == ["a"]


def test_a_syntax_error_looks_as_ever(children: Children) -> None:
    files = {"main.py": "def f():\n    import package.broken\nf()\n", "package/__init__.py": LOOP}
    assert children.run(files | {"package/broken.py": "for i in range(2):\n    x = = 1\n"}) == ["package"]


def test_an_error_in_a_module_looks_as_ever(children: Children) -> None:
    files = {"main.py": "def f():\n    import a\nf()\n", "a.py": "import b\n", "b.py": "for i in (1, 0):\n    1 / i\n"}
    assert children.run(files) == ["a", "b"]


def test_a_missing_module_looks_as_ever(children: Children) -> None:
    assert children.run({"main.py": "import a\n", "a.py": "import nowhere.at_all\n"}) == ["a"]


def test_a_source_that_cannot_be_decoded_looks_as_ever(children: Children) -> None:
    assert children.run({"main.py": "import a\n", "a.py": "# coding: nonsense\n"}) == []


def test_a_warning_of_the_compiler_is_shown_once(children: Children) -> None:
    files = {"main.py": "import a\n", "a.py": 'print("x" is "y")\n"text"\nassert (1, 2)\n' + LOOP}
    assert children.run(files, arguments=("-Wdefault",)) == ["a"]


def test_a_warning_that_is_an_error_looks_as_ever(children: Children) -> None:
    files = {"main.py": "import a\n", "a.py": "assert (1, 2)\n" + LOOP}
    assert children.run(files, arguments=("-Werror",)) == []


def test_environments_and_libraries_below_the_project_are_left_alone(children: Children) -> None:
    files = {
        "main.py": "import sys\nsys.path[:0] = ['env/lib', 'vendor/site-packages', '.flor', 'lib']\n"
        "import in_env, in_site, in_flor, in_lib\n",
        "env/pyvenv.cfg": "",
        "env/lib/in_env.py": LOOP,
        "vendor/site-packages/in_site.py": LOOP,
        ".flor/in_flor.py": LOOP,
        "lib/in_lib.py": LOOP,
    }
    assert children.run(files) == ["in_lib"]


def test_included_packages_are_project_code_wherever_they_are(children: Children) -> None:
    files = {
        "main.py": "import wanted.part, unwanted\n",
        "../elsewhere/wanted/__init__.py": LOOP,
        "../elsewhere/wanted/part.py": LOOP,
        "../elsewhere/unwanted.py": LOOP,
    }
    assert children.run(files, include="wanted") == ["wanted", "wanted.part"]


def test_bytecode_alone_and_archives_are_left_alone(children: Children, tmp_path: Path) -> None:
    for prepared in ("False", "True"):
        project = make(tmp_path / prepared / "project", {"compiled.py": LOOP + "print(__file__)\n"})
        subprocess.run([sys.executable, "-m", "compileall", "-b", "-q", str(project)], check=True)
        (project / "compiled.py").unlink()
        with zipfile.ZipFile(project / "archive.zip", "w") as archive:
            archive.writestr("zipped.py", LOOP + "print(__file__)\n")
    for file in tmp_path.rglob("archive.zip"):
        os.utime(file, (0, 0))
    main = "import sys\nsys.path.append('archive.zip')\nimport compiled, zipped\n"
    first, second = ((tmp_path / prepared / "project" / "compiled.pyc") for prepared in ("False", "True"))
    second.write_bytes(first.read_bytes())
    (second.parent / "archive.zip").write_bytes((first.parent / "archive.zip").read_bytes())
    assert children.run({"main.py": main}) == []


def test_a_loader_that_declines_leaves_pythons_own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, {"declined_module.py": "x = [i for i in range(3)]\n"})
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    asked: list[tuple[str, str, bytes]] = []
    finder = ProjectFinder(str(tmp_path), lambda *arguments: asked.append(arguments))  # type: ignore[arg-type,func-returns-value]
    finder.install()
    import declined_module  # type: ignore[import-not-found]

    assert declined_module.x == [0, 1, 2]
    assert asked == [("declined_module", str(tmp_path / "declined_module.py"), b"x = [i for i in range(3)]\n")]


def test_what_is_project_code(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    finder = ProjectFinder(str(tmp_path / "link"), lambda *_: None, include=["far"], exclude=["far.away", "near"])
    assert finder.is_project("a", str(tmp_path / "real" / "a.py"))
    assert finder.is_project("a", str(tmp_path / "link" / "sub" / "a.py"))
    assert not finder.is_project("a", str(tmp_path / "a.py"))
    assert not finder.is_project("near.a", str(tmp_path / "real" / "a.py"))
    assert finder.is_project("far.off", "/far/off.py")
    assert not finder.is_project("far.away.off", "/far/off.py")
    assert not finder.is_project("farther", "/far/off.py")


def test_pythons_own_library_is_no_project_code_below_a_folder_that_holds_it() -> None:
    finder = ProjectFinder("/", lambda *_: None)
    assert not finder.is_project("os", os.__file__)
    assert not finder.is_project("flor.rewrite", sys.modules["flor.rewrite"].__file__ or "")
