"""The start of a script: what `python SCRIPT` does between its own start and the script's first line.

The Swift host calls `start` and then runs what it returned, with no Python frame of ours below the script's.
"""

import os
import sys
from importlib.machinery import SourceFileLoader

from flor import crashes, sessions, streams

# What the host tells of an exception that comes out of the script.
crashed = crashes.crashed


def start() -> tuple[str, object]:
    """Prepares `sys` and `__main__`, and says what is to be run:

    ("code", code)      to be executed in the names of `__main__`
    ("file", path)      a file that does not compile: Python is to run it, and will say why
    ("module", name)    with `runpy`, as for `python -m`
    ("package", path)   a folder or an archive, with `runpy`
    """
    if sessions.is_planner():
        return "code", compile(f"raise SystemExit({sessions.plan()})", "<florpy>", "exec")
    streams.install()
    if sys.orig_argv[1] == "-m":
        _put_first_on_path(_current_folder())
        sessions.begin(streams.log)
        return "module", sys.orig_argv[2]
    path = _absolute(sys.orig_argv[1])
    if _importer(path) is not None:
        sys.path.insert(0, path)
        sessions.begin(streams.log)
        return "package", path
    _put_first_on_path(os.path.dirname(os.path.realpath(path)))
    return _script(path)


def _script(path: str) -> tuple[str, object]:
    main = sys.modules["__main__"].__dict__
    main["__file__"] = path
    main["__cached__"] = None
    main["__loader__"] = SourceFileLoader("__main__", path)
    try:
        with open(path, "rb") as file:
            source = file.read()
        # Python's own code first, with the warnings that making it gives.
        plain = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, OSError):
        return "file", path
    load = sessions.begin(streams.log)
    rewritten = None if load is None else load(path, source)
    return "code", plain if rewritten is None else rewritten


def _put_first_on_path(folder: str | None) -> None:
    is_safe = getattr(sys.flags, "safe_path", sys.flags.isolated)
    if folder is not None and not is_safe:
        sys.path.insert(0, folder)


def _current_folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def _absolute(path: str) -> str:
    """Joined and nothing more, as Python does it: `..` and links stay."""
    if path.startswith("/"):
        return path
    folder = _current_folder()
    return path if folder is None else f"{folder}/{path}"


def _importer(path: str) -> object:
    """What can import from `path` (`PyImport_GetImporter`); None for a plain file."""
    if path in sys.path_importer_cache:
        return sys.path_importer_cache[path]
    importer = None
    for hook in sys.path_hooks:
        try:
            importer = hook(path)
            break
        except ImportError:
            continue
    sys.path_importer_cache[path] = importer
    return importer
