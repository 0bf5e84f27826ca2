"""`florpy export`: what was logged, for other tools. Each is written by its own library, from the user's Python."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .curves import curves
from .failing import needs, stops
from .tables import dataframe

_MLFLOW_BATCH = 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="florpy export")
    parser.add_argument("--store", required=True)
    parser.add_argument("--run", action="append", default=[])
    parser.add_argument("--output", required=True)
    parser.add_argument("format", choices=sorted(_EXPORTS))
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    with stops():
        written = _EXPORTS[options.format](options.store, options.run, options.names, options.output)
    print(f"{written} in {options.output}", file=sys.stderr)


def to_parquet(store: str, runs: Sequence[str], names: Sequence[str], output: str) -> str:
    """One file: the table of `flor.dataframe`. A column of several types becomes text; arrays are told of, and not in it."""
    with needs("pandas"):
        import pandas  # noqa: F401
    with needs("pyarrow"):
        import pyarrow  # noqa: F401
    table = dataframe(*names, store=store, runs=runs)
    if not len(table):
        raise LookupError("nothing was logged under these names\n\nhint: `florpy logs` shows what was")
    for column in table.columns:
        # A column of Parquet has one type.
        if table[column].dtype == object:
            kinds = {type(value) for value in table[column][table[column].notna()]}
            if len(kinds) > 1 or kinds - {str, int, float, bool}:
                table[column] = table[column].map(str, na_action="ignore")
    table.to_parquet(output, index=False)
    return f"{len(table)} rows"


def to_tensorboard(store: str, runs: Sequence[str], names: Sequence[str], output: str) -> str:
    """A folder a run with an event file, as `SummaryWriter.add_scalar` writes it."""
    with needs("tensorboard"):
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

    found = curves(store, runs, names)
    written = 0
    for run in dict.fromkeys(curve.run for curve in found):
        writer = EventFileWriter(os.path.join(output, run))
        for curve in found:
            if curve.run != run:
                continue
            tag = f"hindsight/{curve.name}" if curve.is_hindsight else curve.name
            for step, value, nanoseconds in zip(curve.steps.tolist(), curve.values.tolist(), curve.nanoseconds.tolist()):
                summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
                writer.add_event(Event(wall_time=nanoseconds / 1e9, step=step, summary=summary))
                written += 1
        writer.close()
    return _counted(written)


def to_mlflow(store: str, runs: Sequence[str], names: Sequence[str], output: str) -> str:
    """A run of MLflow for each run, in the experiment `florpy` of the tracking store `output`, a URI or a folder."""
    with needs("mlflow"):
        from mlflow.entities import Metric
        from mlflow.tracking import MlflowClient

    uri = (
        output if "://" in output else f"sqlite:///{os.path.abspath(output)}" if output.endswith(".db") else os.path.abspath(output)
    )
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("florpy")
    number = client.create_experiment("florpy") if experiment is None else experiment.experiment_id
    found = curves(store, runs, names)
    written = 0
    for run in dict.fromkeys(curve.run for curve in found):
        theirs = client.create_run(number, run_name=run, tags={"florpy.run": run}).info.run_id
        metrics = [
            Metric(_mlflow_name(curve), value, nanoseconds // 1_000_000, step)
            for curve in found
            if curve.run == run
            for step, value, nanoseconds in zip(curve.steps.tolist(), curve.values.tolist(), curve.nanoseconds.tolist())
        ]
        for start in range(0, len(metrics), _MLFLOW_BATCH):
            client.log_batch(theirs, metrics=metrics[start : start + _MLFLOW_BATCH])
        client.set_terminated(theirs)
        written += len(metrics)
    return _counted(written)


def _mlflow_name(curve: Any) -> str:
    """MLflow allows letters, digits and a few signs."""
    name = "".join(sign if sign.isalnum() or sign in "_-. /:" else "_" for sign in curve.name)
    return f"hindsight/{name}" if curve.is_hindsight else name


def _counted(written: int) -> str:
    if not written:
        raise LookupError("no numbers were logged under these names\n\nhint: `florpy logs` shows what was")
    return f"{written} values"


_EXPORTS: dict[str, Callable[[str, Sequence[str], Sequence[str], str], str]] = {
    "parquet": to_parquet,
    "tensorboard": to_tensorboard,
    "mlflow": to_mlflow,
}


if __name__ == "__main__":
    main()
