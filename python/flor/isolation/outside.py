"""Paths that a replay leaves alone: the system's own, the store, and caches that libraries share between runs."""

from __future__ import annotations

import os

_SYSTEM = ("/dev", "/proc", "/sys")
# As in the core's audit hook (`is_machinery`).
_MACHINERY = ("__pycache__", ".flor")
_MACHINERY_PREFIXES = ("pymp-", "torchinductor_")
_CACHE_VARIABLES = (
    "XDG_CACHE_HOME", "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "TORCH_EXTENSIONS_DIR", "TORCH_HOME", "HF_HOME",
    "MPLCONFIGDIR", "NUMBA_CACHE_DIR", "CUDA_CACHE_PATH",
)  # fmt: skip
_CACHES = ("~/.cache", "~/.triton", "~/.nv", "~/.config/matplotlib")


class Outside:
    """Asked of each folder on the way to a path: what lies in one that is outside is outside as well."""

    def __init__(self, store: str) -> None:
        named = [os.environ[name] for name in _CACHE_VARIABLES if os.environ.get(name)]
        caches = [os.path.expanduser(path) for path in _CACHES]
        # A cache that holds the place where people work is none.
        here = os.getcwd() + "/"
        folders = [os.path.realpath(path) for path in [*named, *caches] if os.path.isabs(path)]
        self.folders = [os.path.realpath(store), *(folder for folder in folders if not here.startswith(folder + "/"))]
        self._exact = frozenset([*_SYSTEM, *self.folders])

    def __call__(self, path: str) -> bool:
        name = path[path.rfind("/") + 1 :]
        return path in self._exact or name in _MACHINERY or name.startswith(_MACHINERY_PREFIXES)
