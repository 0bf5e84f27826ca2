"""A language model of 25 M parameters, AdamW (also `--fused`), on generated text: a flat loop of steps in epochs."""

import argparse

import torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=6)
parser.add_argument("--steps", type=int, default=4)
parser.add_argument("--fused", action="store_true")
parser.add_argument("--bfloat16", action="store_true", help="parameters in half the bytes")
parser.add_argument("--width", type=int, default=512)
parser.add_argument("--blocks", type=int, default=8)
options = parser.parse_args()

torch.manual_seed(0)
torch.set_num_threads(1)
WORDS, LENGTH = 128, 64


class Model(nn.Module):
    """Embedding, blocks, and a head that shares the embedding's weights."""

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(WORDS, width), nn.Embedding(LENGTH, width)
        nn.init.normal_(self.words.weight, std=0.02)
        block = nn.TransformerEncoderLayer(width, 8, 4 * width, dropout=0.1, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, blocks, enable_nested_tensor=False)
        self.head = nn.Linear(width, WORDS, bias=False)
        self.head.weight = self.words.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        length = tokens.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length, dtype=self.words.weight.dtype)
        x = self.words(tokens) + self.places(torch.arange(length))
        return self.head(self.blocks(x, mask, is_causal=True))


model = Model(options.width, options.blocks).to(torch.bfloat16 if options.bfloat16 else torch.float32)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, fused=options.fused)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs * options.steps)
text = torch.randint(0, WORDS, (100_000,))


def train(steps: int) -> float:
    """The mean loss of so many steps."""
    total = 0.0
    for _ in range(steps):
        starts = torch.randint(0, len(text) - LENGTH - 1, (4,))
        tokens = torch.stack([text[start : start + LENGTH + 1] for start in starts.tolist()])
        loss = F.cross_entropy(model(tokens[:, :-1]).flatten(0, 1).float(), tokens[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        total += loss.item()
    return total / steps


for epoch in range(options.epochs):
    print(f"epoch {epoch} loss {train(options.steps):.4f}", flush=True)
