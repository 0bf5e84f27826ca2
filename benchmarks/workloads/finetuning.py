"""A small head on a frozen backbone of 100 MB, as in fine-tuning: nearly all of the state never changes."""

import argparse

import torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--batches", type=int, default=12)
options = parser.parse_args()

torch.manual_seed(0)
torch.set_num_threads(1)

backbone = nn.Sequential(nn.Linear(512, 2560), nn.GELU(), nn.Linear(2560, 2560))
backbone.extend([nn.GELU(), nn.Linear(2560, 2560), nn.GELU(), nn.Linear(2560, 2560), nn.GELU(), nn.Linear(2560, 2048)])
backbone.requires_grad_(False).eval()
head = nn.Sequential(nn.Linear(2048, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = torch.optim.Adam(head.parameters(), lr=1e-3)
inputs = torch.randn(64 * options.batches, 512)
labels = torch.randint(0, 10, (len(inputs),))

for epoch in range(options.epochs):
    right = 0
    for batch in torch.randperm(len(inputs)).split(64):
        with torch.no_grad():
            features = backbone(inputs[batch])
        scores = head(features)
        loss = F.cross_entropy(scores, labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        right += (scores.argmax(1) == labels[batch]).sum().item()
    print(f"epoch {epoch} right {right / len(inputs):.3f}", flush=True)
