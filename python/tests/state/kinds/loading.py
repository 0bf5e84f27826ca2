"""Data loading: loaders, samplers, and iterators held across loops."""

# fmt: off
# ruff: noqa: E501
_HELD = """
    import torch
    from torch.utils.data import *
    torch.manual_seed(0)
    data = TensorDataset(torch.arange(10.0)); restarts = 0
    {setup}
    it = iter(loader)
    def pull():
        global it, restarts
        try: return next(it)[0]
        except StopIteration:
            it = iter(loader); restarts += 1
            return next(it)[0]
    for epoch in range(4):  # probe
        for i in range(3):  # {mark}
            batch = pull(); noise = torch.rand(1)
        print(batch.tolist(), restarts, noise, pull().tolist())
    print([b[0].tolist() for b in it], torch.rand(1))
"""


def _held(setup: str, mark: str = "skip") -> str:
    return _HELD.format(setup=setup, mark=mark)


PROGRAMS = {
"DataLoader, made anew for each loop": """
    import torch
    torch.manual_seed(0)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.arange(12.0)), batch_size=4, shuffle=True, generator=torch.Generator().manual_seed(3)); total = 0.0
    for epoch in range(3):  # probe
        for (batch,) in loader:  # skip
            total += (batch * torch.rand(1)).sum().item()
        print(total, batch.tolist(), next(iter(loader))[0].tolist())
""",
"DataLoader iterators held across loops": _held("loader = DataLoader(data, batch_size=3, shuffle=True)"),
"DataLoader iterators with a generator": _held("loader = DataLoader(data, batch_size=3, shuffle=True, generator=torch.Generator().manual_seed(3))"),
"DataLoader iterators in order": _held("loader = DataLoader(data, batch_size=4)"),
"DataLoader iterators with a sampler of PyTorch's": _held("loader = DataLoader(data, batch_size=3, sampler=WeightedRandomSampler(torch.arange(1.0, 11.0), 8))"),
"DataLoader iterators with a sampler of the program's": _held("""
    import random; random.seed(4)
    class Shuffled(Sampler):
        def __init__(self, n): self.n = n; self.rng = random.Random(2)
        def __iter__(self):
            order = list(range(self.n)); self.rng.shuffle(order); yield from order
        def __len__(self): return self.n
    loader = DataLoader(data, batch_size=3, sampler=Shuffled(10))""", "run"),
"DataLoader iterators with a batch sampler": _held("loader = DataLoader(data, batch_sampler=BatchSampler(RandomSampler(range(10)), 4, False))"),
"DataLoader iterators without batches": _held("loader = DataLoader(TensorDataset(torch.arange(7.0).view(7, 1)), batch_size=None, shuffle=True)"),
"DataLoader iterators over an iterable dataset": _held("""
    class Stream(IterableDataset):
        def __iter__(self):
            for n in range(10): yield (torch.tensor([float(n)]),)
    loader = DataLoader(Stream(), batch_size=2)""", "run"),
"DataLoader workers": """
    import torch
    torch.manual_seed(0)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.arange(12.0)), batch_size=4, shuffle=True, num_workers=1); total = 0.0
    for epoch in range(2):  # probe
        for (batch,) in loader:  # skip
            total += batch.sum().item() * torch.rand(1).item()
        print(total)
""",
"DataLoader workers that persist, or an iterator with workers": """
    import torch
    torch.manual_seed(0)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.arange(12.0)), batch_size=4, shuffle=True, num_workers=1, persistent_workers=True); total = 0.0
    for epoch in range(2):  # probe
        for (batch,) in loader:  # run
            total += batch.sum().item() * torch.rand(1).item()
        print(total)
    loader._iterator._shutdown_workers(); loader._iterator = None
""",
"datasets that change, Subset, random_split": """
    import torch
    from torch.utils.data import Dataset, Subset, random_split, DataLoader
    torch.manual_seed(0)
    class D(Dataset):
        def __init__(self): self.rows = [1.0, 2.0, 3.0]; self.reads = 0
        def __len__(self): return len(self.rows)
        def __getitem__(self, i): self.reads += 1; return self.rows[i]
    d = D(); part = Subset(d, [0, 1])
    for epoch in range(3):  # probe
        for i in range(2):  # skip
            d.rows.append(float(i)); a, b = random_split(d, [1, len(d) - 1]); part.indices.append(i); total = sum(x.sum().item() for x in DataLoader(b, batch_size=2, shuffle=True))
        print(total, d.reads, a.indices, b.dataset is d, part.indices)
""",
}
