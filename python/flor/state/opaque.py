"""Objects that cannot be taken apart, and what can be said of them.

An opaque object is never written and never made anew. Its fingerprint tells whether it moved: one that is the same in the record
and in the live program took no part in between, and is left alone. A fingerprint of None says that nothing can be proved; a state
with such an object in it cannot be restored, so the loop is executed again, with the object's path as the reason.
"""

from __future__ import annotations

import functools
import gc
import inspect
import io
import subprocess
import sys
import threading
import types
from typing import Any

from .by_name import found_by_name
from .generators import generator_begun, generator_of
from .graph import ATOMS, Node, Tag
from .instances import attributes_of, described
from .layout import layout_of
from .loggers import own_handlers
from .threads import describe_waiting
from .walk import Describer, Walk


def node(value: Any, fingerprint: Any, why: str = "") -> Node:
    """An opaque node; `why` completes the sentence that the user sees."""
    kind = type(value)
    return (Tag.OPAQUE, f"{kind.__module__}.{kind.__qualname__}", fingerprint, why)


def describer_for(kind: type) -> Describer | None:
    """The describer of a type that is opaque by nature, or None for all others."""
    for opaque_type, describer in _BY_BASE:
        if issubclass(kind, opaque_type):
            return describer
    for base in kind.__mro__:
        named = _BY_NAME.get((base.__module__, base.__qualname__))
        if named is not None:
            return named
    return None


def _generator(walk: Walk, value: Any) -> Node:
    frame = getattr(value, "gi_frame", None)
    if frame is None:
        return node(value, "finished")
    if inspect.getgeneratorstate(value) != inspect.GEN_CREATED:
        return node(value, None, "a running generator")
    # By name alone, one of another call would look the same.
    arguments = {name: _told_in_full(held) for name, held in frame.f_locals.items()}
    if None not in arguments.values():
        return node(value, f"not started: {value.__qualname__} {arguments}")
    begun = generator_begun(value)
    if begun is None:
        return node(value, None, "a generator that has not started, with objects to work on")
    return (Tag.REDUCED, walk.reference(generator_of), walk.reference(begun), None)


def _told_in_full(value: Any) -> str | None:
    if type(value) is type(iter(range(0))):
        return str(value.__reduce__())
    return repr(value) if type(value) in ATOMS else None


def _coroutine(walk: Walk, value: Any) -> Node:
    return node(value, None, "a coroutine")


def _lock(walk: Walk, value: Any) -> Node:
    return node(value, f"locked: {value.locked()}")


def _reentrant_lock(walk: Walk, value: Any) -> Node:
    return node(value, f"owned: {value._is_owned()}")


def _thread(walk: Walk, value: threading.Thread) -> Node:
    if value is threading.main_thread():
        return node(value, "main thread")
    if not value.is_alive():
        return node(value, "ended thread")
    return describe_waiting(walk, value) or node(value, None, "a running thread")


def _process(walk: Walk, value: subprocess.Popen[Any]) -> Node:
    ended = value.returncode is not None
    return node(value, f"ended: {value.returncode}") if ended else node(value, None, "a running process")


def _file(walk: Walk, value: Any) -> Node:
    """An open file took no part if its position, what waits in its buffers included, is the same."""
    standard = (sys.stdout, sys.stderr, sys.stdin, sys.__stdout__, sys.__stderr__, sys.__stdin__)
    if any(value is stream or value is getattr(stream, "buffer", None) for stream in standard):
        return node(value, f"standard stream {value.name}")
    if value.closed:
        return node(value, "closed")
    mode = str(getattr(value, "mode", ""))
    binary = getattr(value, "buffer", value)
    try:
        position = binary.tell()  # the binary layer's: a text file's own tell() would flush it
    except (OSError, ValueError, AttributeError):
        return node(value, None, "an open stream without a position")
    if isinstance(value, io.TextIOWrapper) and value.readable() and position > 0:
        return node(value, None, f"the file {value.name!r}, partly read")
    name = getattr(value, "name", None)
    named = name if isinstance(name, str) else "descriptor"  # descriptors are numbered as it happens
    return node(value, f"open {named!r} {mode} at {position}+{_pending_text(value)}")


def _pending_text(value: Any) -> str:
    """Text that waits in a text file's own buffer; the collector is the only one that shows it."""
    if not isinstance(value, io.TextIOWrapper):
        return ""
    settings = (value.encoding, value.errors)
    waiting = [
        held
        for held in gc.get_referents(value)
        if isinstance(held, (str, bytes, list)) and not any(held is setting for setting in settings)
    ]
    return repr(waiting)


def _memory_file(walk: Walk, value: Any) -> Node:
    state = value.__getstate__()
    return (Tag.REDUCED, walk.reference(type(value)), walk.reference(()), walk.reference(state))


def _abc_data(walk: Walk, value: Any) -> Node:
    return node(value, "abstract class registry")


def _traceback(walk: Walk, value: types.TracebackType) -> Node:
    """The way of an exception, which no longer changes. Lines are left out: probes move them."""
    names: list[str] = []
    step: types.TracebackType | None = value
    while step is not None:
        names.append(step.tb_frame.f_code.co_name)
        step = step.tb_next
    return node(value, f"through {' > '.join(names)}")


def _cached_function(walk: Walk, value: Any) -> Node:
    """A function with `functools.lru_cache`: its counters tell whether it was called, and nobody can put them back."""
    function = getattr(value, "__wrapped__", None)
    module = getattr(function, "__module__", None)
    if not walk.project.owns_module(module) and found_by_name(value.__module__, value.__qualname__) is value:
        return (Tag.NAMED, value.__module__, value.__qualname__, "object")
    more = {name: held for name, held in vars(value).items() if not name.startswith("__") and name != "cache_parameters"}
    if not ATOMS.issuperset(map(type, more.values())):
        return node(value, None, "a function with a cache and attributes of its own")
    return node(value, f"{value.cache_info()} {more or ''}")


def _process_lock(walk: Walk, value: Any) -> Node:
    return node(value, f"value {value._get_value()}")


def _library(walk: Walk, value: Any) -> Node:
    """A library that `ctypes` loaded: its handle is an address of this process, and its functions are looked up there."""
    return node(value, f"library {value._name}")


def _library_function(walk: Walk, value: Any) -> Node:
    name = getattr(value, "__name__", None)  # a callback has none
    return node(value, f"C function {name}") if name else node(value, None, "a C callback")


def _logger_registry(walk: Walk, value: Any) -> Node:
    """Every logger of the process, those of libraries and of florpy's own among them; the program's own are reached otherwise."""
    return (Tag.NAMED, "logging", "Logger.manager", "object")


def _shown_warnings(walk: Walk, value: Any) -> Node:
    return node(value, "; ".join(value.texts) or "none", "warnings that the program shows itself")


def _logger(walk: Walk, value: Any) -> Node:
    """Without its memory of which levels are enabled: an empty one is as good, and a restore must not bring back a stale one."""
    layout = layout_of(type(value))
    assert layout is not None
    names, values = attributes_of(walk, value, layout)
    others = {"_cache": {}, "handlers": own_handlers(value)}
    return described(walk, value, layout, names, [others.get(name, held) for name, held in zip(names, values)])


def _stream(walk: Walk, value: Any) -> Node:
    """A queue of a device's work, of which none is left when a state is read: any that is like it is as good."""
    return node(value, f"stream on {value.device}, priority {value.priority}")


def _event(walk: Walk, value: Any) -> Node:
    """When work was done, which it is; the driver knows the event from its first recording on."""
    return node(value, "recorded event" if value.cuda_event else "event")


def _unproven(walk: Walk, value: Any) -> Node:
    return node(value, None, "an object of the running process")


def _by_base() -> list[tuple[type, Describer]]:
    """From the particular to the general; the modules named here are loaded by any Python process or cost next to nothing."""
    import abc

    class Abstract(abc.ABC):  # noqa: B024 - only to get at the type of the registry
        pass

    return [
        (types.GeneratorType, _generator),
        (types.CoroutineType, _coroutine),
        (types.AsyncGeneratorType, _coroutine),
        (type(threading.Lock()), _lock),
        (type(threading.RLock()), _reentrant_lock),
        (threading.Thread, _thread),
        (threading.local, _unproven),
        (subprocess.Popen, _process),
        (io.StringIO, _memory_file),
        (io.BytesIO, _memory_file),
        (io.IOBase, _file),
        (types.FrameType, _unproven),
        (types.TracebackType, _traceback),
        (type(vars(Abstract)["_abc_impl"]), _abc_data),
        (type(functools.lru_cache(node)), _cached_function),
    ]


_BY_BASE = _by_base()

# Found by name, since importing their modules only to know them would cost more than it gives.
_BY_NAME: dict[tuple[str, str], Describer] = {
    ("_multiprocessing", "SemLock"): _process_lock,
    ("ctypes", "CDLL"): _library,
    ("_ctypes", "CFuncPtr"): _library_function,
    ("multiprocessing.process", "BaseProcess"): _unproven,
    ("multiprocessing.connection", "Connection"): _unproven,
    ("socket", "socket"): _unproven,
    ("_thread", "_local"): _unproven,
    ("torch.cuda.streams", "Stream"): _stream,
    ("torch.cuda.streams", "Event"): _event,
    ("torch.cuda.graphs", "CUDAGraph"): _unproven,
    ("logging", "Manager"): _logger_registry,
    ("logging", "Logger"): _logger,
    ("flor.state.shown_warnings", "Shown"): _shown_warnings,
}
