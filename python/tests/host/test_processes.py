"""Processes that the script starts itself."""

from typing import Any

import pytest

WORKERS = """
import multiprocessing, os, sys

def work(number):
    print("worker", number, flush=True)
    sys.stderr.write("error\\n")
    return number * number, os.path.basename(sys.executable), sys.argv

def child(queue):
    queue.put([sys.argv, multiprocessing.current_process().name])

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        print(pool.map(work, range(3)))
    queue = context.SimpleQueue()
    process = context.Process(target=child, args=(queue,), name="the child")
    process.start()
    print(queue.get())
    process.join()
    print(process.exitcode)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(scripts: Any, method: str) -> None:
    outcome = scripts.same(WORKERS, method)
    assert outcome.status == 0
    assert outcome.stdout.endswith(b"0\n")


def test_a_pool_of_futures(script: Any) -> None:
    text = """
from concurrent.futures import ProcessPoolExecutor
def square(x): return x * x
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        print(list(pool.map(square, range(10))))
"""
    assert script.same(text).status == 0


def test_a_forked_child_that_ends_as_the_script_would(scripts: Any) -> None:
    """It inherits the unwritten output and the functions for the end, but it is not the run."""
    text = """
import atexit, os, sys
atexit.register(print, "at exit")
print("written twice")
child = os.fork()
if child == 0:
    print("in the child")
    sys.exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    outcome = scripts.same(text)
    assert outcome.stdout.count(b"written twice") == 2
    assert outcome.stdout.count(b"at exit") == 2


def test_a_fork_warns_of_no_thread_of_ours(scripts: Any) -> None:
    """From Python 3.12 on; whether a checkpoint was just taken, is being written, or the log was written to."""
    text = """
import os, sys, time
state = [bytearray(os.urandom(1 << 16)) for _ in range(400)]
def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
for epoch in range(4):
    total = 0
    for step in range(3):
        state[step][epoch] ^= 1
        total += step
        time.sleep(0.002)
    print(epoch, total)
    if epoch == 2:
        time.sleep(0.3)
    fork()
"""
    scripts.write("script.py", text)
    plain = scripts.outcome(scripts.plain("script.py"))
    recorded = scripts.outcome(scripts.recorded("--overhead", "unlimited", "script.py"))
    assert recorded == plain
    assert recorded.stderr == b""
    checkpoints = list(scripts.folder.glob(".flor/runs/*/checkpoints/*"))
    assert len(checkpoints) >= 4


def test_the_interpreter_starts_again(script: Any) -> None:
    text = """
import os, subprocess, sys
if len(sys.argv) == 1:
    print(subprocess.run([sys.executable, __file__, "again"], capture_output=True, text=True))
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, __file__, "instead"])
print(sys.argv, sys.stdout.line_buffering)
"""
    assert b"instead" in script.same(text).stdout


def test_data_loader_workers(script: Any) -> None:
    pytest.importorskip("torch")
    text = """
import torch
from torch.utils.data import DataLoader
data = DataLoader(torch.arange(64.0), batch_size=8, num_workers=2, shuffle=True, persistent_workers=True)
torch.manual_seed(0)
for epoch in range(3):
    print(sum(float(batch.sum() * i) for i, batch in enumerate(data)))
"""
    assert script.same(text, variables={"OMP_NUM_THREADS": "1"}).status == 0
