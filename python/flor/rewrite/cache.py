"""The compiled rewrites of earlier runs, in a folder that may be deleted, damaged or unwritable at any time.

A file is complete or absent: it is written under another name and renamed. It says of what it is the rewrite and
what its content's hash is, so that a torn, foreign or damaged file is a miss, as a missing one is.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import stat
import sys
import threading
from dataclasses import astuple
from functools import cached_property
from types import CodeType
from typing import Any

from .compilation import Rewritten
from .sites import FunctionSite, LoopSite

# Raise it whenever the same source would give another rewrite.
TRANSFORM_VERSION = 4
MAGIC = b"florpy-rewrite 1\n"
HASH_BYTES = 32


class KeptRewrite(Rewritten):
    """One from the cache: its sites are decoded when somebody asks for one, which most files' never are."""

    def __init__(self, code: CodeType, kinds: bytes, lines: bytes, sites: bytes, refusal: str | None) -> None:
        vars(self).update(code=code, kinds=kinds, lines=lines, refusal=refusal, _sites=sites)

    @cached_property
    def loops(self) -> tuple[LoopSite, ...]:
        return tuple(LoopSite(*site) for site in self._decoded[0])

    @cached_property
    def functions(self) -> tuple[FunctionSite, ...]:
        return tuple(FunctionSite(*site) for site in self._decoded[1])

    @property
    def _decoded(self) -> tuple[list[Any], list[Any]]:
        decoded: tuple[list[Any], list[Any]] = marshal.loads(vars(self)["_sites"])
        return decoded


class RewriteCache:
    """One folder of rewrites, each in a file named by its key."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._is_ours: bool | None = None

    @staticmethod
    def key(source: bytes, filename: str, variant: str = "") -> str:
        """Names all that the code depends on; `variant` is for numbers and probes that are not the file's own."""
        python = f"{TRANSFORM_VERSION} {sys.implementation.cache_tag} {sys.version} {sys.flags.optimize}"
        parts = [os.fsencode(filename), python.encode(), variant.encode(), source]
        return hashlib.sha256(b"".join(b"%d:" % len(part) + part for part in parts)).hexdigest()

    def get(self, key: str) -> Rewritten | None:
        if not self._is_trusted():
            return None
        try:
            with open(self._path(key), "rb") as file:
                content = file.read()
        except OSError:
            return None
        start = len(MAGIC) + 2 * HASH_BYTES
        payload = content[start:]
        if content[:start] != _head(key, payload):
            return None
        return KeptRewrite(*marshal.loads(payload))

    def put(self, key: str, rewritten: Rewritten) -> None:
        """Keeps a rewrite; where the folder cannot be written to, the next run does the work again."""
        sites = tuple([astuple(site) for site in sites] for sites in (rewritten.loops, rewritten.functions))
        payload = marshal.dumps((rewritten.code, rewritten.kinds, rewritten.lines, marshal.dumps(sites), rewritten.refusal))
        try:
            for folder in (os.path.dirname(self._folder), self._folder):
                os.makedirs(folder, mode=0o700, exist_ok=True)
            if self._is_trusted():
                self._replace(self._path(key), _head(key, payload) + payload)
        except OSError:
            return

    def _is_trusted(self) -> bool:
        """Whether nobody else can write there: what is in the folder is executed. Asked once it is there."""
        if self._is_ours is None:
            try:
                status = os.stat(self._folder)
            except OSError:
                return False
            self._is_ours = status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        return self._is_ours

    def _path(self, key: str) -> str:
        return os.path.join(self._folder, key)

    def _replace(self, path: str, content: bytes) -> None:
        temporary = f"{path}.{os.getpid()}.{threading.get_ident()}.tmp"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise


def _head(key: str, payload: bytes) -> bytes:
    return MAGIC + bytes.fromhex(key) + hashlib.sha256(payload).digest()
