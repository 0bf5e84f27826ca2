"""A large tensor that changes all over before each checkpoint: the writer's row of `bytes.py`.

Prints for each checkpoint the seconds from the end of the loop, where it was staged, until its manifest is there.
"""

import argparse
import json
import time
from pathlib import Path

import torch

parser = argparse.ArgumentParser()
parser.add_argument("kind", choices=["noise", "floats"])
parser.add_argument("--mib", type=int, default=256)
parser.add_argument("--rounds", type=int, default=5)
given = parser.parse_args()

torch.manual_seed(0)
state = torch.randn(given.mib << 18) * 0.02
bits = state.view(torch.int32)
[run] = Path(".flor/runs").iterdir()


def manifests() -> int:
    return sum(1 for path in (run / "checkpoints").iterdir() if path.suffix != ".tmp")


def wait_for_more_than(count: int) -> None:
    deadline = time.monotonic() + 120
    while manifests() <= count and time.monotonic() < deadline:
        time.sleep(0.002)


for number in range(given.rounds + 1):
    known = manifests()
    for _ in range(2):
        if given.kind == "noise":
            bits.random_(-(2**31), 2**31 - 1)
        else:
            state += torch.randn(state.shape).mul_(1e-5)
        time.sleep(0.2)
    began = time.perf_counter()
    wait_for_more_than(known)
    if number > 0:  # the first is copied into memory that has to be made
        print(json.dumps(time.perf_counter() - began), flush=True)
    time.sleep(0.5)
