"""What PyTorch keeps for the whole process. It is looked up where the script has loaded it, and never imported."""

from __future__ import annotations

import functools
import sys
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

Reader = Callable[[], Any]
Writer = Callable[[Any], None]


_ASKED_MODULES = ("torch", "torch._tensor_str", "torch.utils.hooks", "torch.nn.modules.module", "torch.optim.optimizer")


def loaded() -> list[Any]:
    """All that the choice of switches depends on."""
    modules: list[Any] = list(map(sys.modules.get, _ASKED_MODULES))
    torch = modules[0]
    if not _is_imported(torch):
        return modules
    return [*modules, hasattr(modules[1], "PRINT_OPTS"), torch.cuda.is_available() and torch.cuda.is_initialized()]


def _is_imported(torch: Any) -> bool:
    return hasattr(torch, "get_rng_state") and hasattr(torch, "backends")


def switches(torch: Any) -> dict[str, tuple[Reader, Writer]]:
    if not _is_imported(torch):
        return {}
    return {**_generators(torch), **_numeric_switches(torch), **_printing(), **_hooks()}


def obstacle() -> str | None:
    """Why the state must not be read at this moment: to wait for a device would spoil what is being captured from it."""
    cuda = _cuda_in_use()
    if cuda is not None and cuda.is_current_stream_capturing():
        return "a CUDA graph is being captured"
    return None


def uses_cuda() -> bool:
    return _cuda_in_use() is not None


def settle() -> None:
    """Waits for what the program has given the current device to do."""
    cuda = _cuda_in_use()
    if cuda is not None:
        cuda.synchronize()


def _cuda_in_use() -> Any:
    """The module `torch.cuda`; None where the program has given no such device anything to do."""
    torch: Any = sys.modules.get("torch")
    return torch.cuda if _is_imported(torch) and torch.cuda.is_initialized() else None


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
    printing: Any = sys.modules.get("torch._tensor_str")
    if not hasattr(printing, "PRINT_OPTS"):
        return {}
    return {"print options": (lambda: dict(vars(printing.PRINT_OPTS)), lambda value: vars(printing.PRINT_OPTS).update(value))}


def _hooks() -> dict[str, tuple[Reader, Writer]]:
    """Hooks on all modules and all optimizers, and the number that the next hook's handle gets."""
    found: dict[str, tuple[Reader, Writer]] = {}
    handles = sys.modules.get("torch.utils.hooks")
    if handles is not None:
        found["next hook"] = _attribute(handles.RemovableHandle, "next_id")
    for library in ("torch.nn.modules.module", "torch.optim.optimizer"):
        if _global_tables(library):
            found[f"hooks of {library}"] = (functools.partial(_global_tables, library), _in_place)
    modules = sys.modules.get("torch.nn.modules.module")
    if hasattr(modules, "_global_is_full_backward_hook"):
        found["full backward hooks"] = _attribute(modules, "_global_is_full_backward_hook")
    return found


def _global_tables(library: str) -> dict[str, Any]:
    names = vars(sys.modules.get(library, object))
    return {name: names[name] for name in names if name.startswith("_global_") and isinstance(names[name], OrderedDict)}


def _in_place(value: Any) -> None:
    """The objects themselves are restored."""
