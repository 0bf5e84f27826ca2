"""The objects of NumPy and PyTorch that random programs work on, in the same form as in `pool`."""

from __future__ import annotations

NUMPY_OBJECTS: dict[str, str] = {
    "arr": "$arr = np.arange(4.0)",
    "view": "$view = $arr[1:]",
    "objects": "$objects = np.array([1, None, 'a'], dtype=object)",
    "records": "$records = np.zeros(2, dtype=[('a', 'i4'), ('b', 'f8')])",
    "nprng": "$nprng = np.random.default_rng(4)",
}

TORCH_OBJECTS: dict[str, str] = {
    "t": "$t = torch.arange(6.0).reshape(2, 3)",
    "row": "$row = $t[1]",
    "w": "$w = torch.ones(3, requires_grad=True)",
    "acc": "$acc = ($w * 0).sum().detach()",
    "model": "$model = torch.nn.Linear(3, 1)",
    "net": "$net = Net()",
    "opt": "$opt = torch.optim.SGD($model.parameters(), lr=0.1, momentum=0.9)",
    "adam": "$adam = torch.optim.Adam([*$net.parameters(), $w], lr=0.01)",
    "sched": "$sched = torch.optim.lr_scheduler.StepLR($opt, 2, 0.5)",
    "loss": "$loss = torch.tensor($opt.param_groups[0]['lr'])",
    "losses": "$losses = [$loss]",
    "best": "$best = {k: v.clone() for k, v in $model.state_dict().items()}",
    "ema": "$ema = copy.deepcopy($model)",
    "tgen": "$tgen = torch.Generator().manual_seed(5)",
    "loader": "$loader = torch.utils.data.DataLoader(torch.arange(18.0).reshape(6, 3), batch_size=2, shuffle=True)",
    "batches": "$batches = iter($loader)",
    "layers": "$layers = torch.nn.ModuleList([torch.nn.Linear(2, 2)])",
    "metrics": "$metrics = {'loss': [$loss.item()], 'best': float('inf')}",
}

RARE = frozenset({"batches"})
