"""`florpy plot --output FILE`: curves of one or several runs, drawn by the user's matplotlib."""

from __future__ import annotations

import argparse
from typing import Any

from .curves import Curve, curves
from .failing import needs, stops

COLUMN_INCHES, ROW_INCHES = 7.0, 2.8


def main() -> None:
    parser = argparse.ArgumentParser(prog="florpy plot")
    parser.add_argument("--store", required=True)
    parser.add_argument("--run", action="append", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    with stops():
        found = curves(options.store, options.run, options.names)
        if not found:
            raise LookupError("no numbers were logged under these names\n\nhint: `florpy logs` shows what was")
        draw(found, len(options.run) > 1).savefig(options.output)


def draw(found: list[Curve], tells_runs: bool) -> Any:
    """A figure with one chart a name, the runs in it."""
    with needs("matplotlib"):
        from matplotlib.figure import Figure

    names = list(dict.fromkeys(curve.name for curve in found))
    figure = Figure(figsize=(COLUMN_INCHES, ROW_INCHES * len(names)), layout="constrained")
    charts: Any = figure.subplots(len(names), 1, squeeze=False)[:, 0]
    for name, chart in zip(names, charts):
        for curve in found:
            if curve.name == name:
                label = f"{curve.run} {curve.label}" if tells_runs else curve.label
                marker = "." if len(curve.values) < 40 else None
                chart.plot(curve.steps, curve.values, label=label, linestyle="--" if curve.is_hindsight else "-", marker=marker)
        chart.set_ylabel(name)
        if tells_runs or any(curve.is_hindsight for curve in found if curve.name == name):
            chart.legend(fontsize="small")
    charts[-1].set_xlabel("step")
    return figure


if __name__ == "__main__":
    main()
