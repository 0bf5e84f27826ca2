"""What is native, in the test's own process: the C files, compiled on their own."""

from __future__ import annotations

import ctypes
import functools
import shutil
import subprocess
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).resolve().parents[2] / "Sources" / "CPython"


def shortcut(*arguments: Any) -> Any:
    """`_flor.shortcut`, which a process can have once, for one more runtime."""
    with tempfile.TemporaryDirectory(prefix="florpy-test-") as folder:
        library = _loaded(shutil.copy(_built(), folder))  # stays loaded when its file is gone
    return _fast(library.shortcut)(*arguments)


@functools.cache
def core() -> Any:
    """The part of `_flor` that walks and links."""
    library = _loaded(_built())
    names = {
        "begin_walk": "walk_begin",
        "count_references": "count_references",
        "link": "link_code",
        "inline_attributes": "inline_attributes_read",
        "assign_inline_attributes": "inline_attributes_assign",
        "know_inline_attributes": "inline_attributes_know",
    }
    found = types.ModuleType("_flor")
    vars(found).update({name: _fast(getattr(library, symbol)) for name, symbol in names.items()})
    return found


def _loaded(path: str) -> ctypes.PyDLL:
    library = ctypes.PyDLL(path)
    process = ctypes.c_void_p(ctypes.PyDLL(None)._handle)
    missing = ctypes.c_char_p()
    assert library.cpython_load(process, ctypes.byref(missing)) == 0, missing.value
    library.cpython_load_exceptions(process)
    return library


def _fast(function: Any) -> Callable[..., Any]:
    """A `PyFastFunction` as Python calls it."""
    function.restype = ctypes.py_object

    def call(*arguments: Any) -> Any:
        given = (ctypes.py_object * len(arguments))(*arguments)
        return function(None, given, ctypes.c_ssize_t(len(arguments)))

    return call


@functools.cache
def _built() -> str:
    compiler = next((name for name in ("clang", "cc", "gcc") if shutil.which(name)), None)
    assert compiler is not None, "what is native is tested with a C compiler"
    folder = tempfile.mkdtemp(prefix="florpy-test-")
    built = f"{folder}/native.so"
    files = [str(path) for path in SOURCES.glob("*.c")]
    unknown = [] if compiler == "clang" else ["-D_Nullable=", "-D_Nonnull="]
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", *unknown, f"-I{SOURCES}/include", *files, "-o", built], check=True)
    return built
