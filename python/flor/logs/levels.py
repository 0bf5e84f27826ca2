"""A replay that shows log lines which the recording did not: by the user's wish, or because a probe sets up `logging`.

The levels that loggers and handlers have are the program's, as its state holds them (`vars(logger)["level"]`); whoever asks for
them sees others: those that a probe has set since, and none above the level that was asked for. So what is restored and compared
is the program's own, and still the program logs as the edited one would.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import Any, Protocol
from weakref import WeakKeyDictionary, WeakSet

from ..runtime.output import Place
from .asked import AfterImport, part_of_logging

# What probes have added to each logger's handlers, and at which place: no state of the program's.
added_handlers: WeakKeyDictionary[Any, dict[Any, int]] = WeakKeyDictionary()

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class Project(Protocol):
    """Whose code it is that sets a level."""

    def owns_file(self, filename: str) -> bool: ...

    def owns_module(self, name: str | None) -> bool: ...


class Probes(Protocol):
    """Whether what runs is a probe; and `probe`, by which what is new in the log announces itself."""

    @property
    def in_probe(self) -> bool: ...

    def probe(self, begins: bool, place: Place | None = None) -> None: ...


def put_back_handlers() -> None:
    """After a restore, which knows only of the program's: those that probes have added are there as before."""
    for logger, handlers in added_handlers.items():
        for handler, place in handlers.items():
            if handler not in logger.handlers:
                logger.handlers.insert(place, handler)


class ShownLevels:
    """`lowest`: no level that the program sets is above it; None where only probes change what is shown."""

    def __init__(self, project: Project, probes: Probes, lowest: int | None) -> None:
        self._project, self._probes, self._lowest = project, probes, lowest
        self._by_probes: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._of_program: WeakSet[Any] = WeakSet()
        self._made_by_probes: WeakSet[Any] = WeakSet()

    def watch(self, after: AfterImport) -> None:
        after.watch("logging", self._install)

    def _install(self, logging: Any) -> None:
        self._logging = logging
        self._of_program.update((logging.root, logging.lastResort))
        for kind, name in ((logging.Logger, "level"), (logging.Handler, "level"), (logging.Manager, "_disable")):
            setattr(kind, name, _Shown(self, name))
        handle, add, remove = logging.Handler.handle, logging.Logger.addHandler, logging.Logger.removeHandler

        @functools.wraps(add)
        def add_handler(this: Any, hdlr: Any) -> None:
            if self._probes.in_probe and hdlr not in this.handlers:
                added_handlers.setdefault(this, {})[hdlr] = len(this.handlers)
            add(this, hdlr)

        @functools.wraps(remove)
        def remove_handler(this: Any, hdlr: Any) -> None:
            added_handlers.get(this, {}).pop(hdlr, None)
            remove(this, hdlr)

        @functools.wraps(handle)
        def handle_shown(this: Any, record: Any) -> Any:
            if not self._is_new(this, record):
                return handle(this, record)
            self._probes.probe(True, Place(record.pathname, record.lineno))
            try:
                return handle(this, record)
            finally:
                self._probes.probe(False)

        logging.Logger.addHandler = part_of_logging(logging, add_handler)
        logging.Logger.removeHandler = part_of_logging(logging, remove_handler)
        logging.Handler.handle = part_of_logging(logging, handle_shown)
        logging.root.manager._clear_cache()

    def get(self, owner: Any, name: str) -> int:
        """The level that `owner` shows."""
        try:
            level: int = self._by_probes.get(owner, vars(owner)[name])
        except KeyError:
            raise AttributeError(name) from None
        if self._lowest is None or owner not in self._of_program:
            return level
        # What is disabled is a level and all below it.
        return min(level, self._lowest - 1 if name == "_disable" else self._lowest)

    def set(self, owner: Any, name: str, level: int) -> None:
        is_made_now = name not in vars(owner)
        if self._probes.in_probe and not is_made_now:
            self._by_probes[owner] = level
            return
        if self._probes.in_probe and isinstance(owner, self._logging.Handler):
            self._made_by_probes.add(owner)
        vars(owner)[name] = level
        self._by_probes.pop(owner, None)
        if not is_made_now and self._is_set_by_program() and not self._is_of_library(owner):
            self._of_program.add(owner)

    def _is_set_by_program(self) -> bool:
        frame = sys._getframe(2)
        while frame is not None and self._is_on_the_way(frame.f_code.co_filename):
            frame = frame.f_back  # type: ignore[assignment]
        return frame is not None and self._project.owns_file(frame.f_code.co_filename)

    def _is_on_the_way(self, filename: str) -> bool:
        return filename.startswith((_OURS, os.path.dirname(self._logging.__file__) + os.sep))

    def _is_of_library(self, owner: Any) -> bool:
        """A logger that is named after a library: the program sets its level to keep that quiet."""
        parts = str(getattr(owner, "name", None) or "").split(".")
        prefixes = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
        return isinstance(owner, self._logging.Logger) and parts[0] in sys.modules and not any(
            map(self._project.owns_module, prefixes)
        )  # fmt: skip

    def _is_new(self, handler: Any, record: Any) -> bool:
        """Whether the recording cannot have shown this."""
        level = record.levelno
        if handler in self._made_by_probes or level < vars(handler).get("level", 0):
            return True
        logger: Any = self._logging.getLogger(None if record.name == "root" else record.name)
        if level <= vars(logger.manager)["_disable"]:
            return True
        while logger.parent and not vars(logger)["level"]:
            logger = logger.parent
        return bool(level < vars(logger)["level"])


class _Shown:
    """An attribute of a class, of which every object keeps its own value where that always was."""

    def __init__(self, levels: ShownLevels, name: str) -> None:
        self._levels, self._name = levels, name

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        if owner is None:
            raise AttributeError(self._name)
        return self._levels.get(owner, self._name)

    def __set__(self, owner: Any, level: int) -> None:
        self._levels.set(owner, self._name, level)
