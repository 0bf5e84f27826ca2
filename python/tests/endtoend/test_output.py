"""Every byte on standard output, whatever wrote it: in loops that are skipped, and in loops that are executed."""

from __future__ import annotations

from .project import Project, by_line

# What a loop's body does, and whether florpy sees it and can print it again.
BODIES = {
    "print": ('print("line", epoch, step, 1.5, sep="|")', True),
    "partial lines": ('sys.stdout.write(f"{epoch}.{step} "); print(end="") if step else print()', True),
    "carriage returns": ('print(f"\\r{step}/4", end="", flush=True)', True),
    "print to a file": ('print("a", "b", file=sys.stdout, flush=step == 1); print("c", file=sys.__stdout__)', True),
    "text that is not ASCII": ('print("é", "\\N{SNOWMAN}", "\\U0001f600")', True),
    "the buffer": ("sys.stdout.flush(); sys.stdout.buffer.write(bytes([255, 254, epoch, step, 10]))", True),
    "the buffer, flushed": ('sys.stdout.buffer.write(b"\\xff\\n"); sys.stdout.buffer.flush(); print("text")', True),
    "the buffer of text": ('print("before", end=""); sys.stdout.flush(); sys.stdout.buffer.write(b"\\x80"); print("after")', True),
    "writelines": ('sys.stdout.writelines([f"{epoch}\\n", f"{step}\\n"])', True),
    "a logger bound early": ('log.info("step %d %d", epoch, step)', True),
    "a bound write": ('write(f"bound {epoch} {step}\\n")', True),
    "redirected": ('contextlib.redirect_stdout(io.StringIO()).__enter__ and print("seen")', True),
    "warnings and stderr": ('print("err", file=sys.stderr); print("out")', True),
    "the descriptor": ('sys.stdout.flush(); os.write(1, b"descriptor\\n")', False),
    "C code": ('sys.stdout.flush(); libc.printf(b"from C %d\\n", step); libc.fflush(None)', False),
    "a child process": ('sys.stdout.flush(); subprocess.run(["echo", str(step)], check=True)', False),
    "a forked child": ("sys.stdout.flush(); child(step)", False),
    "another file on the descriptor": (
        'sys.stdout.flush(); second = open(os.dup(1), "w"); second.write("second\\n"); second.close()',
        False,
    ),
}
HEAD = """
import contextlib, ctypes, io, logging, os, subprocess, sys, time
handler = logging.StreamHandler(sys.stdout)
log = logging.getLogger("training")
log.addHandler(handler)
log.setLevel("INFO")
write = sys.stdout.write
libc = ctypes.CDLL(None)

def child(step):
    pid = os.fork()
    if pid == 0:
        os.write(1, b"child %d\\n" % step)
        os._exit(0)
    os.waitpid(pid, 0)

total = 0
print("begin", end=" ")
for epoch in range(4):
"""
LOOP = """
    for step in range(3):
        time.sleep(0.01)
        total += step  # {number}
        {body}
    print("after", {number}, total, end=" ")
"""


def program(bodies: list[str]) -> tuple[str, list[str]]:
    """A loop for each body, all in one epoch; and where those loops are."""
    text = HEAD + "".join(LOOP.format(number=number, body=body) for number, body in enumerate(bodies))
    text += '    print("epoch", epoch, total)\n'
    lines = text.lstrip("\n").splitlines()
    return text, [f"train.py:{number}" for number, line in enumerate(lines, 1) if line.startswith("    for step")]


def test_output_that_is_seen_is_skipped(project: Project) -> None:
    text, places = program([body for body, is_seen in BODIES.values() if is_seen])
    project.write("train.py", text)
    recorded = project.recorded("train.py")
    assert (project.the_run() / "stdout.log").read_bytes() == recorded.stdout
    project.after("train.py", 'print("epoch", epoch, total)', 'print("outer", total, end=" ")')
    report = project.replayed("train.py")
    assert report["divergences"] == []
    assert {place: by_line(report, "restored")[place] >= 2 for place in places} == dict.fromkeys(places, True)

    for number in range(len(places)):
        project.after("train.py", f"total += step  # {number}", 'print("inner", step, end="\\r")')
    report = project.replayed("train.py")
    assert report["divergences"] == []
    assert sum(by_line(report, "restored").values()) == 0


def test_output_from_elsewhere_is_never_skipped(project: Project) -> None:
    text, places = program([body for body, is_seen in BODIES.values() if not is_seen])
    project.write("train.py", text)
    recorded = project.recorded("train.py")
    assert (project.the_run() / "stdout.log").read_bytes() == recorded.stdout
    project.after("train.py", 'print("epoch", epoch, total)', 'print("outer", total, end=" ")')
    report = project.replayed("train.py")
    assert report["divergences"] == []
    assert {place: by_line(report, "executed")[place] for place in places} == dict.fromkeys(places, 4)
    reasons = [reason for loop in report["loops"] for reason in loop["reasons"]]
    assert any("something other than sys.stdout wrote to standard output" in reason for reason in reasons)


def test_output_after_the_last_loop_and_at_exit(project: Project) -> None:
    project.write(
        "train.py",
        """
        import atexit, sys, time
        atexit.register(print, "at exit")
        for epoch in range(3):
            for step in range(3):
                time.sleep(0.01)
                print(step)
            print("epoch", epoch)
        sys.stdout.write("no newline at the end")
        sys.exit("failed, on purpose")
        """,
    )
    assert project.recorded("train.py").status == 1
    project.after("train.py", 'print("epoch", epoch)', 'print("probe")')
    assert project.replayed("train.py")["exit"] == 1


def test_an_exception_ends_the_script(project: Project) -> None:
    project.write(
        "train.py",
        """
        import time
        for epoch in range(4):
            for step in range(3):
                time.sleep(0.01)
                print(step)
            if epoch == 2:
                raise ValueError("diverged")
            print("epoch", epoch)
        """,
    )
    outcome = project.recorded("train.py")
    assert outcome.status == 1 and "line 7, in <module>" in outcome.complaint
    project.after("train.py", 'print("epoch", epoch)', 'print("probe")')
    report = project.replayed("train.py")
    assert by_line(report, "restored")["train.py:3"] >= 1
    answer = project.replay("train.py")
    assert answer.complaint.endswith("ValueError: diverged\n") and "flor" not in answer.complaint
