"""`flor.checkpointing` in each Python that florpy serves, with nothing but its standard library."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from ..florpy_binary import built_florpy
from .conftest import PlainPython

# Two objects that change, one of them known by two names, and the places of all objects.
TRAINING = """
import flor, os, random, sys, time

class Model:
    def __init__(self):
        self.weights = [0.5] * 4
        self.best = self.weights
        self.seen = set()

def train(model, draw):
    time.sleep(0.002)
    for place in range(4):
        model.weights[place] += draw.random()
    model.seen.add(round(sum(model.weights), 3))

model, draw, progress = Model(), random.Random(3), {"epoch": 0}
weights = model.weights
with flor.checkpointing(overhead=None, model=model, draw=draw, progress=progress) as saved:
    if saved.checkpoints():
        print("restored", saved.restore().step)
    for epoch in flor.loop("epoch", range(progress["epoch"], 6)):
        train(model, draw)
        progress["epoch"] = epoch + 1
        if os.environ.get("KILLED_IN") == str(epoch):
            saved.checkpoints()  # waits for the writer
            train(model, draw)
            os.kill(os.getpid(), 9)
assert weights is model.weights is model.best
print(weights, sorted(model.seen), draw.random())
"""


def verified(python: PlainPython) -> str:
    """What `florpy verify` says of the store, which it must find sound."""
    verdict = subprocess.run([built_florpy(), "verify", "--store", str(python.folder / ".flor")], text=True, capture_output=True)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    return verdict.stdout


def killed(python: PlainPython, script: str, epoch: int) -> None:
    os.environ["KILLED_IN"] = str(epoch)
    try:
        process = python.start(script)
    finally:
        del os.environ["KILLED_IN"]
    assert process.communicate(timeout=300)[1] == ""
    assert process.returncode == -signal.SIGKILL


def manifests(run: Path) -> list[Path]:
    return sorted((run / "checkpoints").iterdir())


def flip(path: Path) -> None:
    """Damages a file in its middle."""
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 1
    path.write_bytes(contents)


def failing(python: PlainPython, script: str, *arguments: str) -> str:
    """What it says below its traceback."""
    process = python.start(script, *arguments)
    errors = process.communicate(timeout=300)[1]
    assert process.returncode == 1, errors
    found = re.search(r"^\w+Error: .*", errors, re.MULTILINE | re.DOTALL)
    assert found is not None, errors
    return found[0]


def test_a_killed_training_goes_on_as_if_it_had_not_been(every_python: PlainPython) -> None:
    whole = every_python.run(TRAINING)
    assert "sound, 6 checkpoints" in verified(every_python)
    (run,) = every_python.runs
    shutil.rmtree(run)
    killed(every_python, TRAINING, 3)
    assert every_python.run(TRAINING) == f"restored 3\n{whole}"
    assert "left by a crash" not in verified(every_python)


def test_objects_are_restored_in_place_and_no_others(every_python: PlainPython) -> None:
    killed(every_python, TRAINING, 2)
    printed = every_python.run(
        TRAINING.replace('print("restored", saved.restore().step)', "break_off(saved)").replace(
            "model, draw, progress =",
            """
def break_off(saved):
    random.seed(7)
    before = random.getstate()
    held, model.weights[0] = (model, model.seen, draw), 77
    found = saved.restore()
    print(found.step, found.loops, progress)
    assert random.getstate() == before and held == (model, model.seen, draw) and model.weights is weights
    sys.exit()
model, draw, progress =""",
        )
    )
    assert printed == "2 (('epoch', 1, 1),) {'epoch': 2}\n"


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(every_python: PlainPython) -> None:
    killed(every_python, TRAINING, 4)
    (run,) = every_python.runs
    flip(run / "packs" / manifests(run)[-1].name)
    flip(manifests(run)[0])  # an earlier one is in nobody's way
    process = every_python.start(TRAINING.replace("range(progress", "range(9 + progress"))
    output, errors = process.communicate(timeout=300)
    assert output.startswith("restored 3\n"), (output, errors)
    assert f"RuntimeWarning: flor: restored step 3 of {run.name}" in errors and "000004" in errors and "000001" not in errors


def test_a_damaged_manifest_is_passed_over_as_well(every_python: PlainPython) -> None:
    killed(every_python, TRAINING, 3)
    (run,) = every_python.runs
    flip(manifests(run)[-1])
    output, errors = every_python.start(TRAINING).communicate(timeout=300)
    assert output.startswith("restored 2\n"), (output, errors)
    assert f"RuntimeWarning: flor: restored step 2 of {run.name}" in errors and "000003" in errors


def test_a_step_can_be_chosen_and_a_missing_one_is_told_with_those_there_are(every_python: PlainPython) -> None:
    killed(every_python, TRAINING, 4)
    (run,) = every_python.runs
    chosen = TRAINING.replace("saved.restore()", "saved.restore(step=int(sys.argv[1]), run=sys.argv[2])")
    chosen = chosen.replace("saved.checkpoints():", "True:")
    assert every_python.run(chosen, "2", run.name[:12]).startswith("restored 2\n")
    assert failing(every_python, chosen, "9", run.name) == (
        f"LookupError: flor: no checkpoint after step 9 in the run `{run.name}`\n\nhint: {run.name} has some after 1, 2, 3, 4\n"
    )
    assert "LookupError: flor: no run `nothing` in" in failing(every_python, chosen, "2", "nothing")


def test_what_is_not_there_or_does_not_match_is_told_and_nothing_written(every_python: PlainPython) -> None:
    wanted = TRAINING.replace("saved.checkpoints()", "True")
    assert re.fullmatch(
        r"LookupError: flor: no checkpoint of these objects of this script with these arguments in `.*`\n\n"
        r"hint: they are taken where an iteration of `flor.loop` ends; `run=` names another run\n",
        failing(every_python, wanted),
    )
    killed(every_python, TRAINING, 2)
    # The same script with other arguments is another training.
    assert "no checkpoint of these objects of this script" in failing(every_python, wanted, "--rate=2")
    renamed = wanted.replace("progress=progress", "state=progress")
    assert "hint: there are some of (draw, model, progress), or of another block" in failing(every_python, renamed)
    other = wanted.replace("draw=draw", "draw=[draw]")
    told = failing(every_python, other)
    assert told.startswith(
        "ValueError: flor: nothing was restored: `draw` does not match: an object in the checkpoint, a list here"
    ), told


def test_what_cannot_be_captured_is_told_once_and_the_training_goes_on(every_python: PlainPython) -> None:
    script = TRAINING.replace("progress=progress)", "progress=progress, more=[x for x in [(y for y in 'ab')] if next(x)])")
    process = every_python.start(script)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0 and output.startswith("[")
    assert errors == "flor: no checkpoint was taken: more[0]: a running generator (builtins.generator)\n"
    (run,) = every_python.runs
    assert json.loads((run / "end.json").read_text())["problems"] == [errors.removeprefix("flor: ").rstrip()]
    verified(every_python)


def test_blocks_inside_a_loop_have_checkpoints_of_their_own(every_python: PlainPython) -> None:
    script = """
    import flor, sys, time
    for fold in flor.loop("fold", "ab"):
        for part in (1, 2):
            state = {}
            with flor.checkpointing(overhead=None, state=state) as saved:
                if sys.argv[1:]:
                    print(saved.restore(run="latest").step, saved.restore(run="latest", step=1).loops, state)
                    continue
                for batch in flor.loop("batch", range(2)):
                    state["at"] = f"{fold}{part}{batch}"
                    time.sleep(0.002)
    """
    every_python.run(script)
    assert every_python.run(script, "restore") == "".join(
        f"2 (('batch', 0, 0),) {{'at': '{fold}{part}0'}}\n" for fold in "ab" for part in (1, 2)
    )
    assert "sound" in verified(every_python)


def test_steps_count_innermost_iterations_and_go_on_after_a_restore(every_python: PlainPython) -> None:
    script = """
    import flor, time
    state = {"epoch": 0}
    with flor.checkpointing(overhead=None, state=state) as saved:
        if saved.checkpoints():
            saved.restore(step=4)
        for epoch in flor.loop("epoch", range(2)):
            for batch in flor.loop("batch", range(2)):
                time.sleep(0.002)
            time.sleep(0.002)
    print([(one.step, *(name for name, *_ in one.loops)) for one in saved.checkpoints()][::-1])
    """
    batches = ("epoch", "batch")
    first = [(1, *batches), (2, *batches), (2, "epoch"), (3, *batches), (4, *batches), (4, "epoch")]
    assert every_python.run(script) == f"{first}\n"
    assert every_python.run(script) == f"{[(step + 4, *names) for step, *names in first]}\n"
    show = subprocess.run([built_florpy(), "show", "--json"], cwd=every_python.folder, text=True, capture_output=True, check=True)
    loops = json.loads(show.stdout)["loops"]
    assert [(loop["statement"], loop["line"], loop["executions"], loop["checkpoints"]) for loop in loops] == [
        ("with", 4, 1, 0),
        ("for", 7, 1, 2),
        ("for", 8, 2, 4),
    ]


def test_forked_children_and_threads_take_none(every_python: PlainPython) -> None:
    every_python.run(
        """
        import flor, os, threading, time

        def work():
            for step in flor.loop("other", range(3)):
                state["x"] = step
                time.sleep(0.002)

        state = {}
        with flor.checkpointing(overhead=None, state=state) as saved:
            for epoch in flor.loop("epoch", range(2)):
                child = os.fork()
                if child == 0:
                    work()
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
                thread = threading.Thread(target=work)
                thread.start()
                thread.join()
                time.sleep(0.05)  # the system counts it a moment longer, which Python warns of by itself
        """
    )
    (run,) = every_python.runs
    assert len(manifests(run)) == 2
    assert "sound, 2 checkpoints" in verified(every_python)


def test_the_run_says_what_overhead_was_allowed(every_python: PlainPython) -> None:
    every_python.run(TRAINING.replace("overhead=None, ", ""))
    (run,) = every_python.runs
    end, header = (json.loads((run / name).read_text()) for name in ("end.json", "run.json"))
    assert (end["status"], end["problems"]) == ("finished", [])
    assert round(header["overhead"], 4) == 0.0667


def test_a_block_says_how_it_is_misused(every_python: PlainPython) -> None:
    told = every_python.run(
        """
        import flor

        def said(*arguments, **names):
            try:
                with flor.checkpointing(*arguments, **names) as saved:
                    with flor.checkpointing(other=[]):
                        pass
            except Exception as error:
                print(type(error).__name__, str(error).partition("\\n")[0])

        said()
        said(count=3)
        said(state={}, overhead=-1)
        said(state={})
        try:
            flor.checkpointing(state={}).restore()
        except RuntimeError as error:
            print(error)
        """
    )
    assert told.splitlines() == [
        "ValueError flor.checkpointing: no objects",
        "TypeError flor.checkpointing: `count` cannot be changed in place: int",
        "ValueError flor.checkpointing: the overhead is no share of the time: -1",
        "RuntimeError flor.checkpointing: a block inside of a block, or entered twice",
        "flor.checkpointing: the block was not entered",
        "",
        "hint: `with flor.checkpointing(…) as saved:`",
    ]
    assert not (every_python.folder / ".flor").exists()


def test_a_loop_that_an_exception_has_left_is_in_nobodys_way(every_python: PlainPython) -> None:
    printed = every_python.run(
        """
        import flor, time

        state, errors = {}, []
        with flor.checkpointing(overhead=None, state=state) as saved:
            for epoch in flor.loop("epoch", range(2)):
                try:
                    for batch in flor.loop("batch", range(2)):
                        raise ValueError
                except ValueError as error:
                    errors.append(error)  # and the frames that it went through
                for step in range(2):
                    with flor.iteration("step", step):
                        time.sleep(0.002)
                    if step == 1:
                        break
                time.sleep(0.002)  # a checkpoint here as well, however busy the machine is
        print([(one.step, one.loops) for one in saved.checkpoints()])
        """
    )
    places = []
    for step in (4, 3, 2, 1):
        epoch, inner = ("epoch", (step - 1) // 2, (step - 1) // 2), (step - 1) % 2
        places += [(step, (epoch,))] if inner == 1 else []
        places.append((step, (epoch, ("step", inner, None))))
    assert printed == f"{places}\n"


def test_values_and_checkpoints_lie_in_one_run(every_python: PlainPython) -> None:
    every_python.run(
        """
        import flor, time

        flor.log("before", 1)
        state = {}
        with flor.checkpointing(overhead=None, state=state) as saved:
            for epoch in flor.loop("epoch", range(2)):
                flor.log("epoch", epoch)
                time.sleep(0.002)
        """
    )
    assert [one.name for one in every_python.logged()] == ["before", "epoch", "epoch"]
    assert len(manifests(every_python.runs[0])) == 2


def test_a_spawned_child_says_that_it_takes_none(every_python: PlainPython) -> None:
    process = every_python.start(
        """
        import flor, multiprocessing

        def work():
            with flor.checkpointing(overhead=None, state={}):
                for step in flor.loop("step", range(2)):
                    pass

        if __name__ == "__main__":
            flor.log("parent", 0)
            child = multiprocessing.get_context("spawn").Process(target=work)
            child.start()
            child.join()
            assert child.exitcode == 0
        """
    )
    assert process.communicate(timeout=300)[1] == "flor: no checkpoints are taken: this process has no run of its own\n"
    assert "sound, 0 checkpoints" in verified(every_python)
