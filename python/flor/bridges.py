"""What a script gives to TensorBoard, Weights & Biases or MLflow is logged as well, without a change to the script.

Nothing is imported here: a package is noticed when the script imports it. Its function runs first, and its result or its exception
is the script's; then what it was given is logged. A version in which a function has other parameters is left alone.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from types import ModuleType
from typing import Any

from .isolation.after_import import AfterImport

# A name, a number and the step, which is None where none was given.
Log = Callable[[str, Any, "int | None"], object]
# Names and numbers in what a function was given as its first two parameters of interest.
Reading = Callable[[Any, Any], "Iterator[tuple[str, Any]]"]


class Bridges:
    """The packages that are watched for."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def watch(self, after: AfterImport) -> None:
        for module in ("torch.utils.tensorboard.writer", "tensorboardX.writer"):
            after.watch(module, self._tensorboard)
        after.watch("wandb.sdk.wandb_run", self._wandb)
        # Before `mlflow` itself takes the functions from there.
        after.watch("mlflow.tracking.fluent", self._mlflow)

    def _tensorboard(self, module: ModuleType) -> None:
        writer = getattr(module, "SummaryWriter", None)
        self._follow(writer, "add_scalar", ("tag", "scalar_value", "global_step"), _one)
        self._follow(writer, "add_scalars", ("main_tag", "tag_scalar_dict", "global_step"), _below)

    def _wandb(self, module: ModuleType) -> None:
        # `wandb.log` is this method of the run that `wandb.init` has begun.
        self._follow(getattr(module, "Run", None), "log", ("data", "data", "step"), _all)

    def _mlflow(self, module: ModuleType) -> None:
        self._follow(module, "log_metric", ("key", "value", "step"), _one)
        self._follow(module, "log_metrics", ("metrics", "metrics", "step"), _all)

    def _follow(self, owner: Any, name: str, parameters: tuple[str, str, str], read: Reading) -> None:
        """Puts a function in the place of `owner.name` that calls it and then logs what it was given."""
        function = getattr(owner, name, None)
        places = _places(function, parameters)
        if function is None or places is None:
            return
        log = self._log

        @wraps(function)
        def follow(*given: Any, **named: Any) -> Any:
            result = function(*given, **named)
            first, second, step = (
                given[place] if place < len(given) else named.get(parameter) for place, parameter in zip(places, parameters)
            )
            number = step if isinstance(step, int) else None
            for label, value in read(first, second):
                log(label, value, number)
            return result

        setattr(owner, name, follow)


def to_the_log(name: str, value: Any, step: int | None) -> None:
    """`flor.log`, which is loaded when the first value comes."""
    from .logged import log

    log(name, value, step=step)


def _places(function: Any, parameters: tuple[str, ...]) -> list[int] | None:
    """Where a function takes these parameters; None where it does not take them all."""
    try:
        known = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return None
    return [known.index(parameter) for parameter in parameters] if set(parameters) <= set(known) else None


def _one(name: Any, value: Any) -> Iterator[tuple[str, Any]]:
    number = _number(value)
    if isinstance(name, str) and number is not None:
        yield name, number


def _all(values: Any, _: Any, around: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers in a dictionary, and in dictionaries in it, whose names are joined by a dot as Weights & Biases does it."""
    for name, value in values.items() if isinstance(values, dict) else ():
        if isinstance(value, dict):
            yield from _all(value, None, f"{around}{name}.")
        else:
            yield from _one(f"{around}{name}", value)


def _below(name: Any, values: Any) -> Iterator[tuple[str, Any]]:
    for label, value in values.items() if isinstance(values, dict) else ():
        yield from _one(f"{name}/{label}", value)


def _number(value: Any) -> Any | None:
    """A number, or an array or a tensor of one; it is not brought over from a device here. None of anything else."""
    if isinstance(value, (bool, int, float)):
        return value
    shape = getattr(value, "shape", None)
    if shape is None or not hasattr(value, "item"):
        return None
    if len(shape) == 0:
        return value
    return value.reshape(()) if all(length == 1 for length in shape) else None
