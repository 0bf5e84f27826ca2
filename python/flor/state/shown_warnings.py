"""Filters of the module `warnings`, and the warnings that were shown already.

Which lines have warned steers standard error only, as long as Python shows warnings itself. A program that shows them in its
own way may print them: then those that were shown are state, and a loop in which one was shown first is executed again.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any


class Shown:
    """Stands for the warnings that were shown, where the program sees to that; opaque, see `opaque`."""

    def __init__(self) -> None:
        registries = [*_registries(), ("once", getattr(warnings, "onceregistry", {}))]
        self.texts = sorted(f"{name}: {key[1].__name__}: {key[0]}" for name, registry in registries for key in registry)


def read() -> dict[str, Any]:
    values: dict[str, Any] = {
        "filters": list(warnings.filters),
        "show": warnings.showwarning,
        "format": warnings.formatwarning,
    }
    if not _python_shows_them():
        values["shown"] = Shown()
    return values


_SHOWING = ("showwarning", "_showwarnmsg", "_showwarnmsg_impl", "formatwarning")
_PYTHONS_OWN = {name: getattr(warnings, name, None) for name in _SHOWING}


def _python_shows_them() -> bool:
    return all(getattr(warnings, name, None) is function for name, function in _PYTHONS_OWN.items())


def _registries() -> list[tuple[str, dict[Any, Any]]]:
    """The registry of each module; its keys are texts with category and line, and a version number."""
    found = []
    for name, module in list(sys.modules.items()):
        registry = getattr(module, "__dict__", {}).get("__warningregistry__")
        if registry:
            found.append((name, {key: value for key, value in registry.items() if isinstance(key, tuple)}))
    return found


def write(recorded: dict[str, Any]) -> None:
    present = read()
    if recorded["filters"] != present["filters"]:
        filters: Any = warnings.filters
        filters[:] = recorded["filters"]
        _forget_which_filter_matched()
    if recorded["show"] is not present["show"]:
        warnings.showwarning = recorded["show"]
    if recorded["format"] is not present["format"]:
        warnings.formatwarning = recorded["format"]


def _forget_which_filter_matched() -> None:
    mutated = getattr(warnings, "_filters_mutated", None) or getattr(warnings, "_filters_mutated_lock_held", None)
    if mutated is not None:
        mutated()
