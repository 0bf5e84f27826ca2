"""Probes that set up `logging`, and the sites whose log lines are then others.

    logging.getLogger().setLevel(logging.DEBUG)     shows what was suppressed
    logging.basicConfig(stream=sys.stdout)          has what was heard go elsewhere

What the program logs by itself is then new in the log, and where it does so is known from the recording.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from flor.logs.asked import HEARD
from flor.probes.plan import Site
from flor.probes.project_diff import ProjectDiff

# The highest levels that were asked for at each site, of what was not heard, and HEARD; None: nobody knows.
Asked = Mapping[Site, "frozenset[int] | None"]

# What a replay keeps apart from the program's own settings, so that what is restored leaves it alone.
_KEPT_APART = frozenset({"setLevel", "basicConfig", "addHandler"})
_OTHERS = frozenset(
    "removeHandler addFilter removeFilter setFormatter dictConfig fileConfig setLoggerClass setLogRecordFactory "
    "captureWarnings".split()
)
_LOGGING = frozenset("debug info warning warn error critical fatal exception log".split())
_ATTRIBUTES = frozenset({"propagate", "disabled", "handlers", "lastResort", "raiseExceptions"})


@dataclass(frozen=True)
class Setting:
    """A probe that sets up `logging`. `is_kept_apart`: what is restored later leaves its work alone."""

    place: str
    is_kept_apart: bool


def first(diff: ProjectDiff) -> Setting | None:
    """The first probe of those that need most, if there is any."""
    found = [
        Setting(f"{path}:{node.lineno}", name in _KEPT_APART or name == "disable")
        for path, probe in diff.probes
        for node in ast.walk(probe.statement)
        if isinstance(node, ast.Attribute) and (name := _set_by(node)) is not None
    ]
    return min(found, key=lambda one: one.is_kept_apart, default=None)


def may_set_up(diff: ProjectDiff) -> bool:
    """Whether a probe logs: `logging.info` and its like set up a log that is not, on standard error."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in _LOGGING for _, probe in diff.probes for node in ast.walk(probe.statement)
    )


def _set_by(node: ast.Attribute) -> str | None:
    if node.attr in _KEPT_APART or node.attr in _OTHERS or (node.attr == "disable" and ast.unparse(node.value) == "logging"):
        return node.attr
    return node.attr if node.attr in _ATTRIBUTES and isinstance(node.ctx, ast.Store) else None


def suppressed(asked: Asked, level: int) -> dict[Site, str]:
    """The sites where something of that level or a higher one was not heard."""
    return {
        site: "a log statement in it was suppressed when it was recorded"
        for site, levels in asked.items()
        if levels is None or any(one >= level for one in levels - {HEARD})
    }


def concerned(asked: Asked, setting: Setting) -> dict[Site, str]:
    """The sites that log, or all of them where what is restored would undo what the probe has set."""
    why = f"the probe at {setting.place} changes what its log statements show"
    return {site: why for site, levels in asked.items() if levels is None or levels or not setting.is_kept_apart}
