"""A character-level transformer trained by optimizer steps: no epochs, one flat `while True` loop at module level.

Gradients of several small batches are accumulated, the learning rate is a cosine of the step, and every so often the
loss is estimated on both parts of the text.

The hindsight story. The loss stalls in the middle of the run. Is the learning rate too high for what Adam has seen so
far, or is one of the accumulated batches odd? The line after `optimizer.step()` (outer probe, once a step) would have
shown the size of Adam's second moments beside the learning rate; the one after `loss.backward()` (inner probe, once a
batch) what each batch adds.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

max_steps = 40
warmup_steps = 6
batches_per_step = 8
batch_size = 16
context = 48
width, heads, layers = 48, 4, 2
top_lr, bottom_lr = 6e-3, 6e-4
evaluate_every = 10
evaluation_batches = 8

torch.set_num_threads(1)
torch.manual_seed(1234)

# The text is made up of verses that follow each other by a small rule, so that there is something to learn.
subjects = ["the river", "a heron", "the old mill", "my neighbour", "no one"]
verbs = ["carries", "remembers", "watches", "leaves", "mends"]
objects = ["the rain", "a broken net", "its own shadow", "the quiet road", "seven stones"]
verses = (f"{subjects[i * i % 5]} {verbs[(i + i // 3) % 5]} {objects[(2 * i + i // 7) % 5]}.\n" for i in range(3000))
text = "".join(verses)
alphabet = sorted(set(text))
codes = torch.tensor([alphabet.index(letter) for letter in text])
split = int(0.9 * len(codes))
parts = {"train": codes[:split], "held out": codes[split:]}


def draw_batch(part):
    starts = torch.randint(len(parts[part]) - context - 1, (batch_size,))
    window = starts[:, None] + torch.arange(context + 1)
    letters = parts[part][window]
    return letters[:, :-1], letters[:, 1:]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(0.1))

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(batch, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        return x + self.mlp(self.norm2(x))


class CharTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.letters = nn.Embedding(len(alphabet), width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block() for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, len(alphabet), bias=False)

    def forward(self, letters, targets):
        x = self.letters(letters) + self.positions.weight[: letters.shape[1]]
        for block in self.blocks:
            x = block(x)
        return F.cross_entropy(self.head(self.norm(x)).flatten(0, 1), targets.flatten())


def learning_rate(step):
    if step < warmup_steps:
        return top_lr * (step + 1) / warmup_steps
    progress = (step - warmup_steps) / (max_steps - warmup_steps)
    return bottom_lr + 0.5 * (1 + math.cos(math.pi * progress)) * (top_lr - bottom_lr)


@torch.no_grad()
def evaluate():
    model.eval()
    losses = {}
    for part in parts:
        values = [model(*draw_batch(part)).item() for _ in range(evaluation_batches)]
        losses[part] = sum(values) / len(values)
    model.train()
    return losses


def second_moments():
    return sum(state["exp_avg_sq"].double().sum().item() for state in optimizer.state.values())


model = CharTransformer()
decayed = [p for p in model.parameters() if p.dim() >= 2]
not_decayed = [p for p in model.parameters() if p.dim() < 2]
optimizer = torch.optim.AdamW(
    [{"params": decayed, "weight_decay": 0.1}, {"params": not_decayed, "weight_decay": 0.0}], betas=(0.9, 0.95)
)

step = 0
best = float("inf")
smoothed = None
letters, targets = draw_batch("train")
while True:
    lr = learning_rate(step)
    for group in optimizer.param_groups:
        group["lr"] = lr

    if step % evaluate_every == 0:
        losses = evaluate()
        best = min(best, losses["held out"])
        print(f"step {step:3d} train {losses['train']:.6f} held out {losses['held out']:.6f} best {best:.6f}")

    step_loss = 0.0
    for batch in range(batches_per_step):
        loss = model(letters, targets) / batches_per_step
        letters, targets = draw_batch("train")
        loss.backward()
        # hindsight: print("hindsight batch gradient", step, batch, model.head.weight.grad.double().norm().item())
        step_loss += loss.item()
    norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    # hindsight: print("hindsight second moments", step, repr(second_moments()), "lr", lr)
    optimizer.zero_grad(set_to_none=True)

    smoothed = step_loss if smoothed is None else 0.9 * smoothed + 0.1 * step_loss
    if step % 5 == 0:
        print(f"step {step:3d} loss {step_loss:.6f} smoothed {smoothed:.6f} norm {norm.item():.6f} lr {lr:.6f}")
    step += 1
    if step >= max_steps:
        break

print("done", step, repr(best), repr(smoothed))
print("weights", repr(sum(p.detach().double().sum().item() for p in model.parameters())))
print("second moments", repr(second_moments()))
print("next batch", int(letters.sum()), int(targets.sum()))
print("random", torch.rand(1).item())
