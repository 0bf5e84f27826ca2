"""What PyTorch keeps for the whole process. It is looked up where the script has loaded it, and never imported."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

Reader = Callable[[], Any]
Writer = Callable[[Any], None]


def switches(torch: Any) -> dict[str, tuple[Reader, Writer]]:
    if not hasattr(torch, "get_rng_state") or not hasattr(torch, "backends"):
        return {}  # still being imported
    return {**_generators(torch), **_numeric_switches(torch), **_printing(), **_hooks()}


def _generators(torch: Any) -> dict[str, tuple[Reader, Writer]]:
    def tensor_of(value: bytes) -> Any:
        return torch.frombuffer(bytearray(value), dtype=torch.uint8)

    found: dict[str, tuple[Reader, Writer]] = {
        "generator": (
            lambda: torch.get_rng_state().numpy().tobytes(),
            lambda value: torch.set_rng_state(tensor_of(value)),
        )
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        found["cuda generators"] = (
            lambda: tuple(state.numpy().tobytes() for state in torch.cuda.get_rng_state_all()),
            lambda value: torch.cuda.set_rng_state_all([tensor_of(state) for state in value]),
        )
    return found


def _numeric_switches(torch: Any) -> dict[str, tuple[Reader, Writer]]:
    def set_dtype(value: str) -> None:
        torch.set_default_dtype(getattr(torch, value.removeprefix("torch.")))

    found: dict[str, tuple[Reader, Writer]] = {
        "default dtype": (lambda: str(torch.get_default_dtype()), set_dtype),
        "gradients": (torch.is_grad_enabled, torch._C._set_grad_enabled),
        "deterministic": (
            lambda: (torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()),
            lambda value: torch.use_deterministic_algorithms(value[0], warn_only=value[1]),
        ),
        "threads": (torch.get_num_threads, torch.set_num_threads),
        "anomaly": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
        "matrix multiplication": (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    }
    cudnn = torch.backends.cudnn
    for name in ("benchmark", "deterministic"):
        found[f"cudnn {name}"] = _attribute(cudnn, name)
    return found


def _attribute(owner: Any, name: str) -> tuple[Reader, Writer]:
    return (lambda: getattr(owner, name), lambda value: setattr(owner, name, value))


def _printing() -> dict[str, tuple[Reader, Writer]]:
    options = getattr(sys.modules.get("torch._tensor_str"), "PRINT_OPTS", None)
    return {} if options is None else {"print options": (lambda: dict(vars(options)), vars(options).update)}


def _hooks() -> dict[str, tuple[Reader, Writer]]:
    """Hooks on all modules and all optimizers, and the number that the next hook's handle gets."""
    found: dict[str, tuple[Reader, Writer]] = {}
    handles = sys.modules.get("torch.utils.hooks")
    if handles is not None:
        found["next hook"] = _attribute(handles.RemovableHandle, "next_id")
    for library in ("torch.nn.modules.module", "torch.optim.optimizer"):
        held = {name: value for name, value in vars(sys.modules.get(library, object)).items() if name.startswith("_global_")}
        tables = {name: value for name, value in held.items() if isinstance(value, OrderedDict)}
        if tables:
            found[f"hooks of {library}"] = (lambda tables=tables: tables, _in_place)  # type: ignore[misc]
    modules = sys.modules.get("torch.nn.modules.module")
    if hasattr(modules, "_global_is_full_backward_hook"):
        found["full backward hooks"] = _attribute(modules, "_global_is_full_backward_hook")
    return found


def _in_place(value: Any) -> None:
    """The objects themselves are restored."""
