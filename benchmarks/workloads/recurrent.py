"""A recurrent network trained by hand: parameters are written through `.data`, which no version counter sees."""

import argparse

import torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=25)
parser.add_argument("--batches", type=int, default=12)
options = parser.parse_args()

torch.manual_seed(0)
torch.set_num_threads(1)

network, reader = nn.GRU(32, 256, 2, batch_first=True), nn.Linear(256, 32)
parameters = [*network.parameters(), *reader.parameters()]
velocities = [torch.zeros_like(parameter) for parameter in parameters]
series = torch.randn(24, 16 * options.batches + 1, 32)
rate = 0.1

for epoch in range(options.epochs):
    hidden, total = None, 0.0
    for start in range(0, 16 * options.batches, 16):
        out, hidden = network(series[:, start : start + 16], hidden)
        hidden = hidden.detach()
        loss = F.mse_loss(reader(out), series[:, start + 1 : start + 17])
        loss.backward()
        for parameter, velocity in zip(parameters, velocities, strict=True):
            velocity.mul_(0.9).add_(parameter.grad)
            parameter.data.add_(velocity, alpha=-rate)
            parameter.grad = None
        total += loss.item()
    rate *= 0.97
    print(f"epoch {epoch} loss {total / options.batches:.5f}", flush=True)
