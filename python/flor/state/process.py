"""State of the whole process: random generators, and switches that libraries keep for themselves.

Read first in a capture and written last in a restore, since anything in between might draw a number.
"""

from __future__ import annotations

import operator
import os
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

from ..logs.levels import put_back_handlers
from . import loggers, shown_warnings, torch_process
from .graph import Graph, is_reference

# Generators that seed themselves from the system where the program does not.
_GENERATORS = {
    "random generator": "random",
    "numpy generator": "numpy.random",
    "torch generator": "torch",
    "torch cuda generators": "torch",
}

Reader = Callable[[], Any]
Writer = Callable[[Any], None]


def read(project: loggers.Modules) -> dict[str, Any]:
    """The values of all that libraries loaded so far keep. Objects among them are restored in place, as all others are."""
    return {name: reader() for name, (reader, _) in _switches(project).items()}


def write(project: loggers.Modules, values: dict[str, Any]) -> None:
    """Puts recorded values back, where the library is loaded and the value is another."""
    for name, (reader, writer) in _switches(project).items():
        if name in values and reader() != values[name]:
            writer(values[name])
    put_back_handlers()


def obstacle() -> str | None:
    """Why nothing can be read at this moment, or None."""
    return torch_process.obstacle()


def uses_cuda() -> bool:
    """Whether the program has given a CUDA device anything to do."""
    return torch_process.uses_cuda()


def settle() -> float:
    """Waits until devices have done what the program has given them to do; how many seconds that took.

    They are no cost of the recording: the device was busy with the program meanwhile, and the program would have waited later.
    """
    began = perf_counter()
    torch_process.settle()
    return perf_counter() - began


def value(name: str, project: loggers.Modules) -> Any:
    """One of those that `read` gives."""
    reader, _ = _switches(project)[name]
    return reader()


def generators() -> set[str]:
    """The names of those of which the library is loaded."""
    return {name for name, library in _GENERATORS.items() if library in sys.modules}


def is_of_warnings(path: str) -> bool:
    """Whether it is the path of what decides which warnings are shown: that is standard error only, and a library that a probe
    imports adds filters of its own."""
    return path.startswith("process['warnings']")


def names_in(state: Graph) -> set[str]:
    """What a state has of the process, by the names that `read` gave it."""
    root: Any = state.roots.get("process")
    return set(state.nodes[root][3]) if is_reference(root) else set()


def generator_of(path: str) -> str | None:
    """Of the path of a value that `read` gave, or of a part of it: the generator's name, None where it is something else."""
    return next((name for name in _GENERATORS if path.startswith((f"process['{name}']", f"process: {name}"))), None)


def _switches(project: loggers.Modules) -> dict[str, tuple[Reader, Writer]]:
    """The switches of what is loaded; made anew when something else is."""
    global _made_for, _made
    loaded: list[Any] = [project, *map(sys.modules.get, _ASKED_MODULES), *torch_process.loaded()]
    if len(loaded) != len(_made_for) or not all(map(operator.is_, loaded, _made_for)):
        _made_for, _made = loaded, _make_switches(project)
        if any(getattr(getattr(module, "__spec__", None), "_initializing", False) for module in loaded):
            _made_for = []  # it is being imported, and has not all of its names yet
    return _made


_ASKED_MODULES = ("logging", "random", "decimal", "numpy", "numpy.random")
_made_for: list[Any] = []
_made: dict[str, tuple[Reader, Writer]] = {}


def _make_switches(project: loggers.Modules) -> dict[str, tuple[Reader, Writer]]:
    found: dict[str, tuple[Reader, Writer]] = _python(project)
    libraries = (("random", _random), ("decimal", _decimal), ("numpy", _numpy), ("torch", torch_process.switches))
    for library, switches in libraries:
        module = sys.modules.get(library)
        if module is not None:
            found.update((f"{library} {name}", switch) for name, switch in switches(module).items())
    return found


def _python(project: loggers.Modules) -> dict[str, tuple[Reader, Writer]]:
    found: dict[str, tuple[Reader, Writer]] = {
        "environment": (_changed_variables, _set_variables),
        "working directory": (_changed_directory, lambda path: os.chdir(_DIRECTORY_AT_START if path is None else path)),
        "recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
        "warnings": (shown_warnings.read, shown_warnings.write),
    }
    if "logging" in sys.modules:
        found["logging"] = (lambda: loggers.read(project), lambda value: loggers.write(project, value))
    return found


def _directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return None


_DIRECTORY_AT_START = _directory() or os.sep
_VARIABLES_AT_START = dict(os.environ)
_RAW_VARIABLES_AT_START = dict(getattr(os.environ, "_data", {}))


def _changed_directory() -> str | None:
    """Where the process is, unless that is where it was started: a replay may be started elsewhere."""
    here = _directory()
    return None if here == _DIRECTORY_AT_START else here


def _changed_variables() -> dict[str, str | None]:
    """Environment variables that the program has set, or removed (None)."""
    environment: Any = os.environ
    before, now = _RAW_VARIABLES_AT_START, getattr(environment, "_data", None)  # as they are kept, encoded
    if now == before:
        return {}
    if now is None:  # the program has put another mapping in its place
        names = [*{**_VARIABLES_AT_START, **environment}]
    else:
        names = [environment.decodekey(key) for key in {**before, **now} if now.get(key) != before.get(key)]
    values = {name: environment.get(name) for name in names}
    return {name: value for name, value in values.items() if value != _VARIABLES_AT_START.get(name)}


def _set_variables(changed: dict[str, str | None]) -> None:
    for name, value in {**dict.fromkeys(_changed_variables()), **changed}.items():
        wanted = value if name in changed else _VARIABLES_AT_START.get(name)
        if wanted is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = wanted


def _random(random: Any) -> dict[str, tuple[Reader, Writer]]:
    return {"generator": (random.getstate, random.setstate)}


_DECIMAL_SETTINGS = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")


def _decimal(decimal: Any) -> dict[str, tuple[Reader, Writer]]:
    signals = [*decimal.Context().flags]

    def read_context() -> tuple[Any, ...]:
        context = decimal.getcontext()
        settings = tuple(getattr(context, name) for name in _DECIMAL_SETTINGS)
        return (*settings, *(context.traps[s] for s in signals), *(context.flags[s] for s in signals))

    def write_context(values: tuple[Any, ...]) -> None:
        context = decimal.getcontext()
        for name, value in zip(_DECIMAL_SETTINGS, values):
            setattr(context, name, value)
        switches = values[len(_DECIMAL_SETTINGS) :]
        context.traps.update(zip(signals, switches))
        context.flags.update(zip(signals, switches[len(signals) :]))

    return {"context": (read_context, write_context)}


def _numpy(numpy: Any) -> dict[str, tuple[Reader, Writer]]:
    if "numpy.random" not in sys.modules:
        return {}

    def read_generator() -> tuple[Any, ...]:
        name, key, *rest = numpy.random.get_state()
        return (name, key.tobytes(), *rest)

    def write_generator(value: tuple[Any, ...]) -> None:
        name, key, *rest = value
        numpy.random.set_state((name, numpy.frombuffer(key, numpy.uint32), *rest))

    return {
        "generator": (read_generator, write_generator),
        "error handling": (numpy.geterr, lambda value: numpy.seterr(**value)),
        "print options": (_plain_print_options(numpy), lambda value: numpy.set_printoptions(**value)),
    }


def _plain_print_options(numpy: Any) -> Reader:
    names = ("precision", "threshold", "edgeitems", "linewidth", "suppress", "nanstr", "infstr", "sign", "floatmode")
    return lambda: {name: numpy.get_printoptions()[name] for name in names}
