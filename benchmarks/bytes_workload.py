"""A training of one of the workloads of `bytes.py`, which says what each is; prints a number for each epoch.

It is the bytes of what a careful user would save by hand: `torch.save` of the model and the optimizer.
"""

import argparse
import io
import json
from pathlib import Path

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("workload", choices=["scratch", "gradients", "bf16", "frozen"])
parser.add_argument("--epochs", type=int, default=12)
parser.add_argument("--steps", type=int, default=20)
given = parser.parse_args()

torch.manual_seed(0)
torch.set_num_threads(1)
VOCABULARY, WIDTH, CONTEXT = 256, 160, 32


class Transformer(nn.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 4 * WIDTH, dropout=0.0, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
        self.head = nn.Linear(WIDTH, VOCABULARY)

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(text.shape[1], dtype=self.head.weight.dtype)
        return self.head(self.layers(self.words(text) + self.places(torch.arange(text.shape[1])), mask=mask, is_causal=True))


def saved_bytes(*objects: nn.Module | torch.optim.Optimizer) -> int:
    file = io.BytesIO()
    torch.save([one.state_dict() for one in objects], file)
    return file.tell()


# Text that can be learnt: this program.
letters = torch.tensor(list(Path(__file__).read_bytes()))
model: nn.Module = Transformer()
saved: nn.Module = model
if given.workload == "bf16":
    model = saved = model.to(torch.bfloat16)
if given.workload == "frozen":
    backbone = nn.Sequential(nn.Linear(1024, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU(), nn.Linear(4096, 1024))
    backbone.requires_grad_(False)
    saved = nn.Linear(1024, 100)
    model = nn.Sequential(backbone, nn.ReLU(), saved)
optimizer = torch.optim.Adam(saved.parameters(), lr=1e-3)


def loss_of_a_batch() -> torch.Tensor:
    if given.workload == "frozen":
        return nn.functional.cross_entropy(model(torch.randn(8, 1024)), torch.randint(0, 100, (8,)))
    starts = torch.randint(0, len(letters) - CONTEXT - 1, (8,))
    text = torch.stack([letters[start : start + CONTEXT + 1] for start in starts.tolist()])
    return nn.functional.cross_entropy(model(text[:, :-1]).flatten(0, 1).float(), text[:, 1:].flatten())


for _epoch in range(given.epochs):
    for _step in range(given.steps):
        if given.workload == "gradients":
            optimizer.zero_grad()
        loss = loss_of_a_batch()
        loss.backward()
        optimizer.step()
        if given.workload != "gradients":
            optimizer.zero_grad()
        del loss
    print(json.dumps(saved_bytes(saved, optimizer)), flush=True)
