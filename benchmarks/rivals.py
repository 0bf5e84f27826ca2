"""florpy beside others that keep the state of a training: the same work, in the same turns, each saving at the end of every epoch.

The others save the model and the optimizer, where the script is told to; florpy saves all that the program holds, and is told
nothing. `lost` is the median, over the turns, of the seconds beyond those of the plain script, per checkpoint; `MB` is what one
checkpoint added to the disk. florpy is run twice: with a checkpoint at every epoch, as the others, and as it is by default.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import presentation
from presentation import REPOSITORY, table
from recorded_run import latest_run
from recording import ALL, Workload, timed

EPOCHS = "for epoch in range(options.epochs):"
END_OF_EPOCH = '    print(f"epoch {epoch}'


@dataclass(frozen=True)
class Rival:
    """Another way to keep state: what is put before the loop of epochs, what its head becomes, what is done at each epoch's end."""

    name: str
    restores: str
    before: str = ""
    head: str = EPOCHS
    save: str = ""
    after: str = ""
    folder: str = "saved"
    packages: tuple[str, ...] = ()

    def edited(self, text: str) -> str:
        if text.count(EPOCHS) != 1 or text.count(END_OF_EPOCH) != 1:
            sys.exit(f"benchmark: the workload has not one loop of epochs, for {self.name} to be told of")
        text = text.replace(EPOCHS, f"{self.before}{self.head}").replace(END_OF_EPOCH, f"    {self.save}\n{END_OF_EPOCH}")
        return f"{text}\n{self.after}\n"


BOTH = '{"model": model.state_dict(), "optimizer": optimizer.state_dict()}'
RIVALS = (
    Rival(
        "torch.save",
        "model, optimizer",
        before="import os; os.makedirs('saved', exist_ok=True)\n",
        save=f'torch.save({BOTH}, f"saved/{{epoch}}.pt")',
    ),
    Rival(
        "torch.distributed.checkpoint.async_save",
        "model, optimizer",
        before=(
            "import torch.distributed as dist, torch.distributed.checkpoint as dcp\n"
            "dist.init_process_group('gloo', init_method='file://' + __file__ + '.rendezvous', rank=0, world_size=1)\n"
            "under_way = None\n"
        ),
        save=(f'under_way is None or under_way.result(); under_way = dcp.async_save({BOTH}, checkpoint_id=f"saved/{{epoch}}")'),
        after="under_way.result(); dist.destroy_process_group()",
    ),
    Rival(
        "FlorDB 3.4.10",
        "model, optimizer",
        before="import flordb\nguard = flordb.checkpointing(model=model, optimizer=optimizer)\nguard.__enter__()\n",
        head='for epoch in flordb.loop("epoch", range(options.epochs)):',
        after="guard.__exit__(None, None, None)",
        folder=".flor",
        packages=("flordb==3.4.10",),
    ),
)


@dataclass
class Row:
    """What was measured of one way: seconds turn by turn, and what they have left on the disk."""

    name: str
    restores: str
    seconds: list[float] = field(default_factory=list)
    checkpoints: list[int] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)


def bytes_below(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def python_with(packages: tuple[str, ...], python: str) -> str:
    """A python that has these packages besides those of `python`; its environment is made once."""
    if not packages:
        return python
    environment = REPOSITORY / "build" / "rivals"
    found = environment / "bin" / "python"
    if not found.exists():
        print(f"installing {', '.join(packages)} …", file=sys.stderr, flush=True)
        subprocess.run([python, "-m", "venv", str(environment)], check=True)
        subprocess.run([str(found), "-m", "pip", "install", "-q", *packages], check=True)
    paths = subprocess.run(
        [python, "-c", "import site; print(site.getsitepackages()[0])"], capture_output=True, text=True, check=True
    )
    shared = found.parent.parent / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages" / "shared.pth"
    shared.write_text(paths.stdout, encoding="utf-8")
    return str(found)


def take_turn(workload: Workload, rows: dict[str, Row], given: argparse.Namespace, place: Path) -> None:
    text = workload.script.read_text(encoding="utf-8")
    python = os.path.abspath(given.python)

    def run(name: str, script: str, words: list[str], python: str) -> Path:
        folder = place / name.replace("/", " ")
        folder.mkdir()
        (folder / "train.py").write_text(script, encoding="utf-8")
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)  # FlorDB needs one
        at_home = ["env", f"HOME={folder}"]  # where FlorDB keeps what it saves
        rows[name].seconds.append(timed([*at_home, *words, "train.py", *workload.arguments], folder, python)[0])
        return folder

    run("plain", text, [python], python)
    for rival in RIVALS:
        its_python = python_with(rival.packages, python)
        folder = run(rival.name, rival.edited(text), [its_python], its_python)
        rows[rival.name].checkpoints.append(given.epochs)
        rows[rival.name].bytes.append(bytes_below(folder / rival.folder))
        shutil.rmtree(folder / rival.folder)
    for name, options in (("florpy, each epoch", ["--overhead", "0.99"]), ("florpy, by default", [])):
        folder = run(name, text, [os.path.abspath(given.florpy), "record", *options], python)
        told = latest_run(given.florpy, folder)
        rows[name].checkpoints.append(told.checkpoints)
        rows[name].bytes.append(bytes_below(folder / ".flor" / "runs"))
        shutil.rmtree(folder / ".flor")


def cells(row: Row, plain: Row) -> list[str]:
    if row is plain:
        return [row.name, f"{median(row.seconds):.1f}", "", "", "", "", ""]
    extra = [one - base for one, base in zip(row.seconds, plain.seconds, strict=True)]
    each = [seconds / count for seconds, count in zip(extra, row.checkpoints, strict=True) if count]
    stored = [size / count for size, count in zip(row.bytes, row.checkpoints, strict=True) if count]
    return [
        row.name,
        f"{median(row.seconds):.1f}",
        f"{median(extra):+.2f}",
        f"{median(row.checkpoints):.0f}",
        f"{1000 * median(each):+.0f}" if each else "",
        f"{median(stored) / 1e6:.1f}" if stored else "",
        row.restores,
    ]


HEADER = ["way", "s", "beyond plain s", "checkpoints", "lost, ms each", "MB each", "restores"]


def options() -> argparse.Namespace:
    parser = presentation.parser(__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6, help="of the workloads; as many as their scripts have by default")
    return parser.parse_args()


def main() -> None:
    given = options()
    given.florpy = os.path.abspath(given.florpy)
    everything = "everything that the program holds"
    told = [(rival.name, rival.restores) for rival in RIVALS]
    told += [("florpy, each epoch", everything), ("florpy, by default", everything)]
    pages = []
    for workload in ALL:
        if workload.script.name not in ("cnn.py", "transformer.py") or workload.arguments:
            continue
        rows = {name: Row(name, restores) for name, restores in [("plain", ""), *told]}
        for turn in range(given.turns):
            print(f"{workload.name}: turn {turn + 1} of {given.turns} …", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory(prefix="florpy-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as place:
                take_turn(workload, rows, given, Path(place))
        pages.append(f"## {workload.name}\n\n{table([HEADER, *(cells(row, rows['plain']) for row in rows.values())])}")
        print(pages[-1], flush=True)
    if given.results:
        written = f"Written by `make bench-rivals`, see rivals.py; {given.turns} turns."
        presentation.write_page(given.results, "# Beside others", written, presentation.known(given.python), *pages)


if __name__ == "__main__":
    main()
