"""State of the whole process: random generators, and switches that libraries keep for themselves.

Read first in a capture and written last in a restore, since anything in between might draw a number.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

# Generators that seed themselves from the system where the program does not.
GENERATOR_NAMES = ("random generator", "numpy generator")

Reader = Callable[[], Any]
Writer = Callable[[Any], None]


def read() -> dict[str, Any]:
    """The values of all that libraries loaded so far keep."""
    return {name: reader() for name, (reader, _) in _switches().items()}


def write(values: dict[str, Any]) -> None:
    """Puts recorded values back, where the library is loaded and the value is another."""
    for name, (reader, writer) in _switches().items():
        if name in values and reader() != values[name]:
            writer(values[name])


def _switches() -> dict[str, tuple[Reader, Writer]]:
    found: dict[str, tuple[Reader, Writer]] = {}
    for library, switches in (("random", _random), ("decimal", _decimal), ("numpy", _numpy), ("torch", _torch)):
        module = sys.modules.get(library)
        if module is not None:
            found.update((f"{library} {name}", switch) for name, switch in switches(module).items())
    return found


def _random(random: Any) -> dict[str, tuple[Reader, Writer]]:
    return {"generator": (random.getstate, random.setstate)}


def _decimal(decimal: Any) -> dict[str, tuple[Reader, Writer]]:
    def set_precision(value: int) -> None:
        decimal.getcontext().prec = value

    return {"precision": (lambda: decimal.getcontext().prec, set_precision)}


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


def _torch(torch: Any) -> dict[str, tuple[Reader, Writer]]:
    if not hasattr(torch, "get_rng_state") or not hasattr(torch, "backends"):
        return {}  # still being imported

    def tensor_of(value: bytes) -> Any:
        return torch.frombuffer(bytearray(value), dtype=torch.uint8)

    def set_dtype(value: str) -> None:
        torch.set_default_dtype(getattr(torch, value.removeprefix("torch.")))

    found: dict[str, tuple[Reader, Writer]] = {
        "generator": (
            lambda: torch.get_rng_state().numpy().tobytes(),
            lambda value: torch.set_rng_state(tensor_of(value)),
        ),
        "default dtype": (lambda: str(torch.get_default_dtype()), set_dtype),
        "gradients": (torch.is_grad_enabled, torch._C._set_grad_enabled),
        "deterministic": (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
        "threads": (torch.get_num_threads, torch.set_num_threads),
        "anomaly": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        found["cuda generators"] = (
            lambda: tuple(state.numpy().tobytes() for state in torch.cuda.get_rng_state_all()),
            lambda value: torch.cuda.set_rng_state_all([tensor_of(state) for state in value]),
        )
    return found
