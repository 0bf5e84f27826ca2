"""300 MB of state in epochs of 0.3 seconds: more than a checkpoint an epoch could ever pay for."""

import argparse
import time

import torch

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=70)
parser.add_argument("--megabytes", type=int, default=300)
options = parser.parse_args()

torch.manual_seed(0)
torch.set_num_threads(1)
tables = [torch.randn(options.megabytes * 1_000_000 // 4 // 30) for _ in range(30)]

for epoch in range(options.epochs):
    began = time.perf_counter()
    for table in tables:
        table.mul_(0.999)
    # The rest of the time stands for a device that computes.
    for _ in range(10):
        time.sleep(max(0.0, 0.3 - (time.perf_counter() - began)) / 10)
    print(f"epoch {epoch} first {tables[0][0].item():.6f}", flush=True)
