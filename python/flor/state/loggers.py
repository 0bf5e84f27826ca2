"""Loggers, by name: programs ask for them by `logging.getLogger`, and need not hold them.

What libraries hang on their own loggers, and handlers of their classes, are left alone; levels of all loggers are state. The levels
are the program's own, which a replay may show otherwise (`flor/logs/levels.py`), and handlers that probes have made are left out.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterator
from typing import Any, Protocol

from ..logs.levels import added_handlers


class Modules(Protocol):
    """What the choice of loggers asks about the project."""

    def owns_module(self, name: str | None) -> bool: ...


def read(project: Modules) -> dict[str, Any]:
    """Settings of every logger that has any, and what is disabled."""
    logging: Any = sys.modules["logging"]
    found = {logger.name: _settings(project, logger) for logger in _touched_loggers(logging)}
    return {"disabled": vars(logging.root.manager)["_disable"], "loggers": {n: s for n, s in found.items() if s != _UNTOUCHED}}


_UNTOUCHED: tuple[Any, ...] = (0, True, False)
_besides_level = operator.attrgetter("propagate", "disabled", "handlers", "filters")
_NOTHING_BESIDES: tuple[Any, ...] = (True, False, [], [])


def _touched_loggers(logging: Any) -> Iterator[Any]:
    """The root, and by name those that anybody has set something of; libraries have made hundreds."""
    yield logging.root
    loggers, placeholder = logging.root.manager.loggerDict, logging.PlaceHolder
    real = [(name, one) for name, one in loggers.items() if type(one) is not placeholder]
    for name in sorted(name for name, one in real if vars(one)["level"] or _besides_level(one) != _NOTHING_BESIDES):
        yield loggers[name]


def _settings(project: Modules, logger: Any) -> tuple[Any, ...]:
    """Level, propagation and whether it is disabled; where there are any, the handlers and filters that are state as well."""
    levels = (vars(logger)["level"], logger.propagate, bool(logger.disabled))
    if not (logger.handlers or logger.filters) or _is_of_library(project, logger.name):
        return levels
    handlers = [handler for handler in own_handlers(logger) if not _is_foreign(project, handler)]
    return (*levels, handlers, list(logger.filters)) if handlers or logger.filters else levels


def _is_of_library(project: Modules, name: str) -> bool:
    """Whether a logger is named after a module that is not the project's."""
    parts = name.split(".")
    prefixes = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    return parts[0] in sys.modules and not any(map(project.owns_module, prefixes))


def own_handlers(logger: Any) -> list[Any]:
    """The list itself, unless probes have added to it."""
    added = added_handlers.get(logger)
    found: list[Any] = logger.handlers
    return [handler for handler in found if handler not in added] if added else found


def _is_foreign(project: Modules, handler: Any) -> bool:
    """Whether a handler is of a class of some library: what it holds is the library's."""
    module = type(handler).__module__
    return not (module in ("logging", "logging.handlers") or project.owns_module(module))


def write(project: Modules, recorded: dict[str, Any]) -> None:
    logging: Any = sys.modules["logging"]
    present = read(project)
    if recorded["disabled"] != present["disabled"]:
        logging.disable(recorded["disabled"])
    for name in {**present["loggers"], **recorded["loggers"]}:
        settings = recorded["loggers"].get(name, _UNTOUCHED)
        if settings != present["loggers"].get(name, _UNTOUCHED):
            _put(project, logging.getLogger() if name == "root" else logging.getLogger(name), settings)
    logging.root.manager._clear_cache()  # whether a level is enabled is remembered by each logger


def _put(project: Modules, logger: Any, settings: tuple[Any, ...]) -> None:
    if vars(logger)["level"] != settings[0]:
        logger.level = settings[0]
    logger.propagate, logger.disabled = settings[1:3]
    if not _is_of_library(project, logger.name):
        foreign = [handler for handler in logger.handlers if _is_foreign(project, handler)]
        handlers, filters = settings[3:] or ((), ())
        logger.handlers[:] = [*handlers, *foreign]
        logger.filters[:] = filters
