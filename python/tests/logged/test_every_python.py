"""`import flor` in each Python that florpy serves, with nothing but its standard library."""

from __future__ import annotations

import json
import math
import os
import signal

from .conftest import PlainPython
from .log_files import Blob


def test_values_and_positions(every_python: PlainPython) -> None:
    printed = every_python.run(
        """
        import flor

        for epoch in flor.loop("epoch", ["a", "b"]):
            for step in flor.loop("step", range(2)):
                assert flor.log("loss", epoch * 2) == epoch * 2
            flor.log({"accuracy": 0.5, "done": epoch == "b"}, step=7 - step)
        print(flor.run().id)
        """
    )
    assert printed.strip() == every_python.runs[0].name
    found = [(one.name, one.value, one.position, one.step) for one in every_python.logged()]
    assert found == [
        row
        for number, epoch in enumerate("ab")
        for row in (
            ("loss", epoch * 2, (("epoch", number, epoch), ("step", 0, 0)), None),
            ("loss", epoch * 2, (("epoch", number, epoch), ("step", 1, 1)), None),
            ("accuracy", 0.5, (("epoch", number, epoch),), 6),
            ("done", epoch == "b", (("epoch", number, epoch),), 6),
        )
    ]


def test_plain_values_come_back_as_they_were(every_python: PlainPython) -> None:
    every_python.run(
        """
        import enum, flor

        class Level(enum.IntEnum):
            HIGH = 3

        class Odd:
            def __repr__(self):
                raise RuntimeError("no")

        for value in (0, -1, 2**63 - 1, -2**63, 2**63, -10**30, 10**5000, 0.1, float("inf"), float("-inf"), float("nan"), -0.0,
                      True, False, None, "", "Wörter", "\\ud800", "x" * 40000, Level.HIGH, {"a": [1]}, Odd()):
            assert flor.log("v", value) is value
        """
    )
    found = [one.value for one in every_python.logged()]
    numbers = [0, -1, 2**63 - 1, -(2**63), 2**63, -(10**30)]
    assert found[:6] == numbers and [type(one) for one in found[:6]] == [int] * 6
    assert found[6] == 10**5000 or found[6] == ("builtins.int", hex(10**5000))
    assert found[7:10] == [0.1, math.inf, -math.inf] and math.isnan(found[10]) and math.copysign(1, found[11]) == -1
    assert found[12:18] == [True, False, None, "", "Wörter", "\ud800"]
    assert found[18] == Blob(3, "", (40000,), b"x" * 40000)
    assert found[19:21] == [3, ("builtins.dict", "{'a': [1]}")]
    kind, text = found[21]
    assert kind == "__main__.Odd" and "no" in text


def test_arguments_come_from_the_command_line_and_are_logged(every_python: PlainPython) -> None:
    printed = every_python.run(
        """
        import flor
        print([flor.arg("rate", 0.1), flor.arg("epochs", 3), flor.arg("name", "sgd"), flor.arg("fast", False)])
        print(flor.arg("layers", (1, 2)))
        print(flor.arg("width"), flor.arg("batch-size", 8))
        try:
            flor.arg("absent")
        except ValueError as error:
            print(error)
        """,
        *"--rate 1e-3 --epochs=7 --fast --batch_size 4 --kwargs width=12 layers=[3]".split(),
    )
    assert printed.splitlines() == [
        "[0.001, 7, 'sgd', True]",
        "(3,)",
        "12 4",
        "flor.arg: there is no argument 'absent'",
        "",
        "hint: give it a default, or say `--absent VALUE`",
    ]
    found = {one.name: one.value for one in every_python.logged() if one.is_argument}
    assert found == {
        "rate": 0.001,
        "epochs": 7,
        "name": "sgd",
        "fast": True,
        "layers": ("builtins.tuple", "(3,)"),
        "width": 12,
        "batch-size": 4,
    }


def test_forked_children_log_into_files_of_their_own(every_python: PlainPython) -> None:
    every_python.run(
        """
        import flor, os, threading

        for epoch in flor.loop("epoch", range(2)):
            flor.log("parent", epoch)
            child = os.fork()
            if child == 0:
                for step in flor.loop("step", range(3)):
                    flor.log("child", step)
                flor.log("text", "x" * 100000)
                flor.run().flush()
                grandchild = os.fork()
                flor.log("both", grandchild == 0)
                if grandchild:
                    os.waitpid(grandchild, 0)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        flor.log("parent", "end")
        """
    )
    found = every_python.logged()
    assert [one.value for one in found if one.name == "parent"] == [0, 1, "end"]
    assert [(one.value, one.position[0][:2]) for one in found if one.name == "child"] == [
        (step, ("epoch", epoch)) for epoch in range(2) for step in range(3)
    ]
    assert sorted(one.value for one in found if one.name == "both") == [False, False, True, True]
    assert len({one.pid for one in found}) == 5
    assert len(list((every_python.runs[0] / "log").glob("*.values"))) == 5


def test_spawned_children_log_into_the_run_of_their_parent(every_python: PlainPython) -> None:
    every_python.run(
        """
        import flor, multiprocessing

        def work(number):
            flor.log("child", number)

        if __name__ == "__main__":
            flor.log("parent", 0)
            process = multiprocessing.get_context("spawn").Process(target=work, args=(5,))
            process.start()
            process.join()
            assert process.exitcode == 0
        """
    )
    assert [(one.name, one.value) for one in every_python.logged()] == [("parent", 0), ("child", 5)]


def test_what_was_logged_outlives_a_kill(every_python: PlainPython) -> None:
    process = every_python.start(
        """
        import flor, time
        for step in flor.loop("step", range(1000)):
            flor.log("loss", step)
        time.sleep(1)
        print("logged", flush=True)
        while True:
            flor.log("more", 1.5)
        """
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "logged\n"
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    found = every_python.logged()
    assert [one.value for one in found if one.name == "loss"] == list(range(1000))
    assert not (every_python.runs[0] / "end.json").exists()


def test_the_end_of_the_run_has_the_exit_status(every_python: PlainPython) -> None:
    every_python.run("import flor, sys; flor.log('v', 1); sys.exit(3)", status=3)
    end = json.loads((every_python.runs[0] / "end.json").read_text())
    assert (end["status"], end["exit"], end["problems"]) == ("failed", 3, [])
    header = json.loads((every_python.runs[0] / "run.json").read_text())
    assert header["log_only"] is True
    assert header["script"] == os.path.realpath(every_python.folder / "train.py")


def test_nothing_is_made_before_the_first_value(every_python: PlainPython) -> None:
    every_python.run("import flor\nassert flor.loop and flor.log")
    assert not (every_python.folder / ".flor").exists()
