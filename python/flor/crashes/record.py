"""The exception that ends a script, as `crash.json` has it."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from types import FrameType
from typing import Any

from ..project import Project
from ..runtime.left_loops import LeftLoops
from .places import loops_around, position_of
from .stack import frames, is_project
from .summary import MAX_TEXT, message_of, name_of, printable, summary_of

_MAX_FRAMES = 64
_FIRST_FRAMES = 16
_MAX_EARLIER = 8


def describe(error: BaseException, project: Project, left: LeftLoops) -> dict[str, Any]:
    """Plain values; the checkpoint is added by who knows it."""
    stack = list(frames(error.__traceback__))
    left_out = max(0, len(stack) - _MAX_FRAMES)
    shown = stack[:_FIRST_FRAMES] + stack[_FIRST_FRAMES + left_out :]
    loops = loops_around(project, [one for one in shown if is_project(project, one[0])], left.of(error))
    return {
        **_named(error),
        "position": position_of(loops),
        "loops": [one.describe() for one in loops],
        "frames": [_frame(project, frame, line) for frame, line in shown],
        "left_out": left_out,
        "earlier": [_earlier(project, one, relation) for one, relation in _chain(error)],
    }


def _named(error: BaseException) -> dict[str, Any]:
    return {"type": name_of(type(error)), "message": message_of(error)}


def _frame(project: Project, frame: FrameType, line: int) -> dict[str, Any]:
    own = is_project(project, frame)
    return {
        "file": _file(project, frame),
        "is_project": own,
        "line": line,
        "function": printable(frame.f_code.co_name),
        "text": printable(linecache.getline(frame.f_code.co_filename, line).strip())[:MAX_TEXT],
        "locals": summary_of(frame.f_locals) if own else None,
    }


def _file(project: Project, frame: FrameType) -> str:
    filename = frame.f_code.co_filename
    return printable(project.files[filename].path if filename in project.files else filename)


def _chain(error: BaseException) -> Iterator[tuple[BaseException, str]]:
    """The exceptions that a traceback tells of before this one, the nearest first."""
    seen = {id(error)}
    for _ in range(_MAX_EARLIER):
        cause, context = error.__cause__, error.__context__
        following = cause if cause is not None else None if error.__suppress_context__ else context
        if following is None or id(following) in seen:
            return
        yield following, "context" if cause is None else "cause"
        seen.add(id(following))
        error = following


def _earlier(project: Project, error: BaseException, relation: str) -> dict[str, Any]:
    stack = list(frames(error.__traceback__))
    file, line = (_file(project, stack[-1][0]), stack[-1][1]) if stack else (None, None)
    return {"relation": relation, **_named(error), "file": file, "line": line}
