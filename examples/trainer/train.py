"""Trains an MLP on digits with a Trainer class, an EMA of the weights and callbacks; the work is done in trainer.py.

The hindsight story. The averaged weights are what is evaluated, and the accuracy lags behind for many epochs. Is the
average simply far behind the weights? A line in `Trainer.fit` after the callbacks (outer probe, once an epoch) would
have logged the distance between the two; one in `Trainer.train_epoch` after `self.step` (inner probe, once a step) the
raw loss of every step. Both are in trainer.py, as comments.
"""

import torch
from data import load
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR
from trainer import BestWeights, LossSpikes, Trainer

EPOCHS = 14


def build_model():
    return nn.Sequential(
        nn.Linear(64, 256), nn.LayerNorm(256), nn.GELU(), nn.Dropout(0.3),
        nn.Linear(256, 256), nn.LayerNorm(256), nn.GELU(), nn.Dropout(0.3),
        nn.Linear(256, 10),
    )  # fmt: skip


def main():
    torch.set_num_threads(1)
    torch.manual_seed(2021)

    loader, held_out = load(batch_size=16)
    model = build_model()
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.02)
    scheduler = OneCycleLR(optimizer, max_lr=2e-3, total_steps=EPOCHS * len(loader))
    best, spikes = BestWeights(), LossSpikes(factor=2.5)
    trainer = Trainer(model, optimizer, scheduler, loader, held_out, [best, spikes])
    trainer.fit(EPOCHS)

    final = trainer.history[-1]["accuracy"]
    trainer.average.model.load_state_dict(best.weights)
    print("final accuracy", final, "best", best.accuracy, "at", best.epoch, "restored", trainer.accuracy())
    print("spikes", spikes.spikes, "mean loss", repr(spikes.mean))
    print("weights", repr(sum(p.detach().double().sum().item() for p in model.parameters())))
    print("average", repr(sum(p.double().sum().item() for p in trainer.average.model.parameters())))
    print("steps", trainer.average.steps)
    print("random", torch.rand(1).item())


if __name__ == "__main__":
    main()
