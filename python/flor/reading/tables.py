"""What was logged, as pandas tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .catalogue import NO_STEP, Series, are_alike, nearest_store, opened, series

_TABLE = "log"


def dataframe(*names: str, store: str | None = None, runs: Sequence[str] = ()) -> Any:
    """A pandas table of what was logged under these names, which may have `*` and `?` (all, without), one row a position.

    Its columns: `run`, then for each loop its iteration (from 0) and, where that says more, `NAME_value` with what was iterated
    over, then `step`, where values have one, and the names. Where a replay has logged something, `hindsight` says of each row under
    which names. An argument of `flor.arg` stands in each row of its run. `runs` are names of runs; without them it is all runs.
    """
    store = store or nearest_store()
    with opened(store) as connection:
        found = series(connection, store, names, runs, with_times=not are_alike(connection, names, runs))
    return _wide(found)


def query(sql: str, store: str | None = None) -> Any:
    """A pandas table of what SQLite answers: of the tables of the catalogue, and of `log`, with one row a value.

    `log` has the columns run, name, value, step, seconds (since 1970), position (JSON: loops and iterations, the outermost first),
    replay (null: the run's own). It holds the names that stand in the query as texts; all, where none does.
    """
    import pandas

    store = store or nearest_store()
    with opened(store) as connection:
        if re.search(rf"\b{_TABLE}\b", sql, re.IGNORECASE):
            known = [name for (name,) in connection.execute("SELECT DISTINCT name FROM series")]
            texts = {text.replace("''", "'") for text in re.findall(r"'((?:[^']|'')*)'", sql)}
            _fill_log(connection, series(connection, store, [name for name in known if name in texts]))
        return pandas.read_sql_query(sql, connection)


def _fill_log(connection: Any, found: list[Series]) -> None:
    connection.execute(
        f"CREATE TEMP TABLE {_TABLE} (run TEXT, name TEXT, value, step INTEGER, seconds REAL, position TEXT, replay INTEGER)"
    )
    for one in found:
        count = len(one.values)
        values = [value if isinstance(value, (int, float, str, type(None))) else str(value) for value in one.values.tolist()]
        steps = [None] * count if one.steps is None else [None if step == NO_STEP else step for step in one.steps.tolist()]
        shape = "[" + ",".join(f"[{_json(level.loop)},%d]" for level in one.levels).replace("%d]", "{}]") + "]"
        positions = zip(*(level.iterations.tolist() for level in one.levels)) if one.levels else [()] * count
        rows = zip(
            [one.run] * count,
            [one.name] * count,
            values,
            steps,
            (one.nanoseconds / 1e9).tolist(),
            [shape.format(*position) for position in positions],
            [one.replay] * count,
        )
        connection.executemany(f"INSERT INTO {_TABLE} VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _json(text: str) -> str:
    import json

    return json.dumps(text).replace("{", "{{").replace("}", "}}")


def _wide(found: list[Series]) -> Any:
    import pandas

    arguments = [one for one in found if one.is_argument]
    logged = [one for one in found if not one.is_argument]
    names = list(dict.fromkeys(one.name for one in logged))
    layout = _Layout(logged, names)
    parts = [part for name in names for part in layout.frames(name)]
    if not parts:
        return _of_arguments(arguments)
    by_name = [pandas.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0] for frames in _by_name(names, parts)]
    table = by_name[0] if len(by_name) == 1 else layout.joined(by_name)
    for name in dict.fromkeys(one.name for one in arguments):
        given = {one.run: one.values[-1] for one in arguments if one.name == name}
        table[name] = table["run"].astype(object).map(given).infer_objects()
    return layout.finished(table, list(dict.fromkeys(one.name for one in arguments)))


def _by_name(names: list[str], parts: list[tuple[str, Any]]) -> list[list[Any]]:
    return [[frame for other, frame in parts if other == name] for name in names]


def _of_arguments(arguments: list[Series]) -> Any:
    """One row a run."""
    import pandas

    rows: dict[str, dict[str, Any]] = {}
    for one in arguments:
        rows.setdefault(one.run, {"run": one.run})[one.name] = one.values[-1]
    return pandas.DataFrame(list(rows.values()), columns=None if rows else ["run"])


class _Layout:
    """The columns of a table, and the frames that are joined to it."""

    def __init__(self, logged: list[Series], names: list[str]) -> None:
        self.logged, self.names = logged, names
        self.loops = list(dict.fromkeys(loop for one in logged for loop in one.loops))
        self.with_items = {level.loop for one in logged for level in one.levels if level.items is not None}
        self.has_steps = any(one.steps is not None for one in logged)
        self.has_hindsight = any(one.replay is not None for one in logged)
        taken = {*names, *self.loops}
        self.step = "logged_step" if "step" in taken else "step"
        self.has_times = all(one.nanoseconds is not None for one in logged)

    def column(self, loop: str) -> str:
        return f"{loop}_iteration" if loop in self.names else loop

    @property
    def keys(self) -> list[str]:
        """What says where a value was logged."""
        of_loops = [
            column
            for loop in self.loops
            for column in ([self.column(loop), f"{loop}_value"] if loop in self.with_items else [self.column(loop)])
        ]
        return ["run", *of_loops, *([self.step] if self.has_steps else [])]

    def frames(self, name: str) -> list[tuple[str, Any]]:
        """Of each nesting of loops in which the name was logged, in all runs."""
        groups: dict[tuple[str, ...], list[Series]] = {}
        for one in self.logged:
            if one.name == name:
                groups.setdefault(one.loops, []).append(one)
        return [(name, self._frame(name, loops, group)) for loops, group in groups.items()]

    def _frame(self, name: str, loops: tuple[str, ...], group: list[Series]) -> Any:
        import numpy
        import pandas

        counts = numpy.array([len(one.values) for one in group])
        runs = list(dict.fromkeys(one.run for one in group))
        number = {run: place for place, run in enumerate(runs)}
        codes: Any = numpy.repeat(numpy.array([number[one.run] for one in group], dtype=numpy.int32), counts)
        columns: dict[str, Any] = {"run": pandas.Categorical.from_codes(codes, categories=runs)}
        for place, loop in enumerate(loops):
            columns[self.column(loop)] = _iterations([one.levels[place].iterations for one in group])
            if loop in self.with_items:
                columns[f"{loop}_value"] = _joined(
                    [level.iterations if level.items is None else level.items for level in (one.levels[place] for one in group)]
                )
        if self.has_steps:
            steps = _joined([numpy.full(len(one.values), NO_STEP) if one.steps is None else one.steps for one in group])
            columns[self.step] = pandas.array(steps, dtype="Int64")
            columns[self.step][steps == NO_STEP] = pandas.NA
        columns[name] = _joined([one.values for one in group])
        if self.has_times:
            columns["_nanoseconds"] = _joined([one.nanoseconds for one in group])
            columns[f"_hindsight {name}"] = numpy.repeat(numpy.array([one.replay is not None for one in group]), counts)
        return pandas.DataFrame(columns, copy=False)

    def joined(self, frames: list[Any]) -> Any:
        """Values at the same position in one row; what comes again there has rows of its own."""
        keys = [*self.keys, "_again"]
        table = None
        for frame in frames:
            frame["run"] = frame["run"].astype(object)
            for column in self.keys:
                if column not in frame:
                    frame[column] = None
                elif column != "run" and frame[column].dtype != object:
                    frame[column] = frame[column].astype(object)
            frame["_again"] = frame.groupby(self.keys, dropna=False, sort=False).cumcount()
            if table is None:
                table = frame
                continue
            table = table.merge(frame, how="outer", on=keys, suffixes=("", " of the other"), sort=False)
            earlier = table[["_nanoseconds", "_nanoseconds of the other"]].min(axis=1)
            table["_nanoseconds"] = earlier
            table = table.drop(columns="_nanoseconds of the other")
        return table

    def finished(self, table: Any, arguments: list[str]) -> Any:
        """Rows in order, and no column but those that are told of."""
        if "_nanoseconds" in table:
            iterations = [self.column(loop) for loop in self.loops]
            is_one_nest = not any(table[column].isna().any() for column in iterations if column in table)
            order = ["run", *(iterations if is_one_nest and self.has_hindsight else []), "_nanoseconds"]
            table = table.sort_values(order, kind="stable", ignore_index=True)
        if self.has_hindsight:
            marks = [(name, f"_hindsight {name}") for name in self.names]
            flags = [(name, table[mark].fillna(False).astype(bool).to_numpy()) for name, mark in marks if mark in table]
            table["hindsight"] = [" ".join(name for name, flag in flags if flag[place]) for place in range(len(table))]
        shown = [*self.keys, *arguments, *self.names, *(["hindsight"] if self.has_hindsight else [])]
        if list(table.columns) != shown:
            table = table[shown]
        for column in self.keys[1:]:
            if table[column].dtype == object or table[column].hasnans:
                table = table.assign(**{column: table[column].infer_objects().convert_dtypes()})
        return table


def _joined(arrays: list[Any]) -> Any:
    import numpy

    return arrays[0] if len(arrays) == 1 else numpy.concatenate(arrays)


def _iterations(arrays: list[Any]) -> Any:
    """Those that are not known are missing."""
    import pandas

    iterations = _joined(arrays)
    is_unknown = iterations < 0
    if not is_unknown.any():
        return iterations
    column = pandas.array(iterations, dtype="Int64")
    column[is_unknown] = pandas.NA
    return column
