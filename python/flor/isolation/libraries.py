"""Libraries that open files by themselves, past Python's `open`: `torch.save`, `torch.jit`, storages on files, SQLite.

No audit event and no function of Python's tells what they write (SQLite's connections excepted), so a recording and a
replay both stand between the script and them: the one to note the path, the other to give them another.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

from .after_import import AfterImport
from .naming import is_path


class Paths(Protocol):
    """Where a library is to write and read what the script calls `path`."""

    def for_writing(self, path: str, *, afresh: bool) -> str: ...

    def for_reading(self, path: str) -> str: ...


def watch_torch(after: AfterImport, paths: Paths) -> None:
    after.watch("torch.serialization", lambda module: _redirect_save(module, paths))
    after.watch("torch.storage", lambda module: _redirect_storage(module, paths))
    after.watch("torch.jit._serialization", lambda module: _redirect_jit(module, paths))


def watch_sqlite(after: AfterImport, paths: Paths, disguise: Callable[[Callable[..., Any], Any], Any]) -> None:
    after.watch("sqlite3.dbapi2", lambda module: _redirect_sqlite(module, paths, disguise))


def _redirect_save(module: ModuleType, paths: Paths) -> None:
    """`torch.save` given a name."""
    writer = getattr(module, "_open_zipfile_writer_file", None)
    if writer is None:
        return
    open_file = writer.__init__

    @functools.wraps(open_file)
    def opened(this: Any, name: Any) -> None:
        path = os.fspath(name)
        real = paths.for_writing(path, afresh=True)
        with _Naming(real, path):
            open_file(this, real)

    writer.__init__ = opened


def _redirect_storage(module: ModuleType, paths: Paths) -> None:
    """`UntypedStorage.from_file`, and with it `torch.load(…, mmap=True)`."""
    storage = getattr(module, "UntypedStorage", None)
    if storage is None:
        return
    from_file = storage.from_file

    def opened(filename: Any, shared: bool = False, *arguments: Any, **options: Any) -> Any:
        path = os.fspath(filename)
        real = paths.for_writing(path, afresh=False) if shared else paths.for_reading(path)
        with _Naming(real, path):
            return from_file(real, shared, *arguments, **options)

    storage.from_file = staticmethod(opened)


def _redirect_jit(module: ModuleType, paths: Paths) -> None:
    save, load = module.save, module.load

    @functools.wraps(save)
    def saved(m: Any, f: Any, *arguments: Any, **options: Any) -> Any:
        path = os.fspath(f) if is_path(f) else f
        real = paths.for_writing(path, afresh=True) if is_path(f) else f
        with _Naming(real, path):
            return save(m, real, *arguments, **options)

    @functools.wraps(load)
    def loaded(f: Any, *arguments: Any, **options: Any) -> Any:
        path = os.fspath(f) if is_path(f) else f
        real = paths.for_reading(path) if is_path(f) else f
        with _Naming(real, path):
            return load(real, *arguments, **options)

    module.save, module.load = saved, loaded  # type: ignore[attr-defined]


def _redirect_sqlite(module: ModuleType, paths: Paths, disguise: Callable[[Callable[..., Any], Any], Any]) -> None:
    connect = module.connect

    def connected(database: Any, *arguments: Any, **options: Any) -> Any:
        return connect(_database(database, bool(options.get("uri")), paths), *arguments, **options)

    replacement = disguise(connected, connect)
    for one in (module, sys.modules.get("_sqlite3"), sys.modules.get("sqlite3")):
        if one is not None and getattr(one, "connect", None) is connect:
            one.connect = replacement  # type: ignore[attr-defined]


def _database(database: Any, is_uri: bool, paths: Paths) -> Any:
    """Without a name, or in memory, there is nothing to redirect."""
    if not is_path(database):
        return database
    name = os.fsdecode(database)
    if name in ("", ":memory:"):
        return database
    if not (is_uri and name.startswith("file:")):
        return paths.for_writing(name, afresh=False)
    from urllib.parse import quote, unquote

    path, mark, query = name[len("file:") :].partition("?")
    if not path or path == ":memory:" or "mode=memory" in query:
        return database
    path = path[path.index("/", 2) :] if path.startswith("//") and "/" in path[2:] else path
    return f"file:{quote(paths.for_writing(unquote(path), afresh=False))}{mark}{query}"


class _Naming:
    """What a library says about a path, it says about the one that the script knows."""

    def __init__(self, real: Any, shown: Any) -> None:
        self._real, self._shown = real, shown

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or not isinstance(self._real, str) or not isinstance(self._shown, str):
            return
        folders = (os.path.dirname(self._real), os.path.dirname(self._shown))
        error.args = tuple(
            one.replace(self._real, self._shown).replace(*folders) if isinstance(one, str) and folders[0] else one
            for one in error.args
        )
