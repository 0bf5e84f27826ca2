"""PyTorch: modules, hooks, optimizers, schedulers."""

# fmt: off
# ruff: noqa: E501
_MODEL = """
    import torch, warnings
    from torch import nn
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1)); x = torch.randn(8, 3)
    def digest(m=model): return repr(sum(t.double().sum().item() for t in m.state_dict().values()))
"""


def _stepped(setup: str, step: str, after: str, mark: str = "skip") -> str:
    return f"""{_MODEL}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    {setup}
    def train(epoch):
        for i in range(3):  # {mark}
            optimizer.zero_grad(); loss = model(x).pow(2).mean(); loss.backward(); optimizer.step()
            {step}
        return loss.item()
    for epoch in range(4):  # probe
        print(train(epoch), digest(), {after})
"""


_OPTIMIZERS = "ASGD Adadelta Adagrad Adam AdamW Adamax NAdam RAdam RMSprop Rprop SGD".split()

PROGRAMS = {
"modules, parameters, buffers": _stepped("model.register_buffer('steps', torch.zeros(1)); holder = {'w': model[0].weight}", "model.steps += 1; model.train(epoch % 2 == 0)", "holder['w'] is model[0].weight, model.steps, model.training"),
"tied weights": _stepped("head = nn.Linear(3, 4); head.weight = model[0].weight; optimizer.add_param_group({'params': [head.bias]})", "head(x).sum().backward()", "head.weight is model[0].weight, head.weight.grad is model[0].weight.grad, head.bias"),
"modules that grow": _MODEL + """
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01); layers = nn.ModuleList(); extra = nn.ParameterDict()
    for epoch in range(3):  # probe
        for i in range(2):  # skip
            layers.append(nn.Linear(1, 1)); extra[f"{epoch}{i}"] = nn.Parameter(torch.rand(1)); model.add_module(f"n{epoch}", layers[-1])
            optimizer.add_param_group({"params": [*layers[-1].parameters()], "lr": 0.1})
            layers[-1](model[:4](x)).sum().backward(); optimizer.step(); optimizer.zero_grad()
        print(len(layers), list(extra), digest(), len(optimizer.param_groups), layers[-1] is getattr(model, f"n{epoch}"), optimizer.param_groups[-1]["params"][0] is layers[-1].weight)
""",
"lazy modules": """
    import torch, warnings
    warnings.simplefilter("ignore"); torch.manual_seed(0)
    lazy = torch.nn.LazyLinear(2); x = torch.ones(1, 3)
    for epoch in range(3):  # probe
        for i in range(2):
            out = lazy(x).sum().item()
        print(out, type(lazy).__name__, lazy.weight.shape)
""",
"optimizers": _MODEL + f"""
    import copy
    models = {{name: copy.deepcopy(model) for name in {_OPTIMIZERS}}}
    optimizers = {{name: getattr(torch.optim, name)(m.parameters(), lr=0.01) for name, m in models.items()}}
    for epoch in range(3):  # probe
        for i in range(2):  # skip
            for name, m in models.items():
                optimizers[name].zero_grad(); m(x).pow(2).mean().backward(); optimizers[name].step()
        print([(n, digest(m)) for n, m in models.items()], [len(o.state) for o in optimizers.values()])
""",
"optimizers with fused or foreach steps, or amsgrad": _MODEL + """
    a = torch.optim.Adam(model[0].parameters(), lr=0.01, amsgrad=True, foreach=True); b = torch.optim.AdamW(model[3].parameters(), lr=0.01, fused=True); c = torch.optim.SGD(model[1].parameters(), lr=0.1, momentum=0.9, nesterov=True)
    for epoch in range(3):  # probe
        for i in range(2):  # skip
            for o in (a, b, c): o.zero_grad()
            model(x).pow(2).mean().backward()
            for o in (a, b, c): o.step()
        print(digest(), c.state[model[1].weight]["momentum_buffer"], b.state[model[3].bias]["step"])
""",
"torch.optim.LBFGS": _MODEL + """
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=3)
    def closure(): optimizer.zero_grad(); loss = model(x).pow(2).mean(); loss.backward(); return loss
    for epoch in range(3):  # probe
        for i in range(2):  # skip
            optimizer.step(closure)
        print(digest(), optimizer.state_dict()["state"][0]["n_iter"])
""",
"torch.optim.SparseAdam": """
    import torch
    torch.manual_seed(0)
    table = torch.nn.Embedding(6, 2, sparse=True); optimizer = torch.optim.SparseAdam(table.parameters(), lr=0.1)
    for epoch in range(3):  # probe
        for i in range(2):  # skip
            optimizer.zero_grad(); table(torch.tensor([i, epoch])).pow(2).sum().backward(); optimizer.step()
        print(table.weight, table.weight.grad.to_dense())
""",
"new parameter groups": _stepped("extra = nn.Parameter(torch.ones(2))", "optimizer.add_param_group({'params': [extra], 'lr': 0.5}) if epoch == 1 and i == 0 else None", "len(optimizer.param_groups), optimizer.param_groups[-1]['params'][0] is extra, optimizer.param_groups[-1]['lr']"),
"an optimizer with several owners": _stepped("""scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    class Callback:
        def __init__(self, o): self.o = o; self.groups = o.param_groups
    callback = Callback(optimizer)""", "scheduler.step()", "scheduler.optimizer is callback.o is optimizer, callback.groups is optimizer.param_groups, callback.o.param_groups[0]['lr']"),
"learning rate schedulers": _MODEL + """
    from torch.optim import lr_scheduler as s
    makers = {
        "LambdaLR": lambda o: s.LambdaLR(o, lambda e: 0.9**e), "MultiplicativeLR": lambda o: s.MultiplicativeLR(o, lambda e: 0.95), "StepLR": lambda o: s.StepLR(o, 2),
        "MultiStepLR": lambda o: s.MultiStepLR(o, [2, 5]), "ConstantLR": lambda o: s.ConstantLR(o), "LinearLR": lambda o: s.LinearLR(o), "ExponentialLR": lambda o: s.ExponentialLR(o, 0.9),
        "CosineAnnealingLR": lambda o: s.CosineAnnealingLR(o, 5), "PolynomialLR": lambda o: s.PolynomialLR(o, 9), "CosineAnnealingWarmRestarts": lambda o: s.CosineAnnealingWarmRestarts(o, 3),
        "CyclicLR": lambda o: s.CyclicLR(o, 0.01, 0.1, step_size_up=2), "OneCycleLR": lambda o: s.OneCycleLR(o, 0.1, total_steps=30),
        "SequentialLR": lambda o: s.SequentialLR(o, [s.ConstantLR(o), s.ExponentialLR(o, 0.9)], [4]), "ChainedScheduler": lambda o: s.ChainedScheduler([s.ConstantLR(o), s.ExponentialLR(o, 0.9)]),
    }
    optimizers = {n: torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9) for n in makers}; schedulers = {n: make(optimizers[n]) for n, make in makers.items()}
    plateau = s.ReduceLROnPlateau(optimizers["StepLR"], patience=1)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            for n, scheduler in schedulers.items(): optimizers[n].step(); scheduler.step()
            plateau.step(1.0)
        print([(n, o.param_groups[0]["lr"], schedulers[n].get_last_lr()) for n, o in optimizers.items()], plateau.num_bad_epochs, all(schedulers[n].optimizer is o for n, o in optimizers.items() if hasattr(schedulers[n], "optimizer")))
""",
"GradScaler": _stepped("scaler = torch.amp.GradScaler('cpu', init_scale=4.0, growth_interval=2)", "optimizer.zero_grad(); scaler.scale(model(x).mean()).backward(); scaler.step(optimizer); scaler.update()", "scaler.get_scale(), scaler.state_dict()"),
"torch.optim.swa_utils": _stepped("from torch.optim.swa_utils import AveragedModel, SWALR, update_bn, get_ema_multi_avg_fn; average = AveragedModel(model); ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9)); swa = SWALR(optimizer, 0.05)", "average.update_parameters(model); ema.update_parameters(model); swa.step()", "digest(average), digest(ema), average.n_averaged, optimizer.param_groups[0]['lr']"),
"parametrizations": _stepped("""from torch.nn.utils import parametrize
    class Double(nn.Module):
        def forward(self, w): return 2 * w
    parametrize.register_parametrization(model[0], 'weight', Double())""", "", "model[0].weight, parametrize.is_parametrized(model[0])"),
"parametrizations registered in the loop": _stepped("""from torch.nn.utils import parametrize
    class Double(nn.Module):
        def forward(self, w): return 2 * w""", "parametrize.register_parametrization(model[0], 'weight', Double()) if epoch == 1 and i == 1 else None", "model[0].weight, parametrize.is_parametrized(model[0])", "either"),
"weight and spectral normalization": _stepped("nn.utils.parametrizations.weight_norm(model[0]); nn.utils.parametrizations.spectral_norm(model[3]); old = nn.utils.weight_norm(nn.Linear(3, 2))", "old(x).sum().backward()", "old.weight_g.grad, old.weight, digest(old)"),
"hooks of modules": _stepped("""seen = []
    handle = model[0].register_forward_hook(lambda m, a, out: seen.append(out.sum().item()))
    model[3].register_full_backward_hook(lambda m, gi, go: seen.append(go[0].sum().item()))
    counted = []""", "counted.append(model[1].register_forward_pre_hook(lambda m, a: seen.append('new'))) if epoch == 1 and i == 2 else None; handle.remove() if epoch == 2 and i == 1 else None", "seen, len(model[0]._forward_hooks), len(model[1]._forward_pre_hooks), [h.id in model[1]._forward_pre_hooks for h in counted]"),
"hooks of tensors": _stepped("""seen = []; w = model[0].weight
    w.register_hook(lambda g: seen.append(g.sum().item())); w.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.abs().sum().item())); b = model[0].bias""", "", "seen, w.grad.sum()"),
"hooks of tensors registered in the loop": _stepped("seen = []; w = model[0].weight", "w.register_hook(lambda g: seen.append(g.sum().item())) if epoch == 1 and i == 1 else None; w.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.abs().sum().item())) if epoch == 2 and i == 1 else None", "seen, w.grad.sum()"),
"hooks of optimizers": _stepped("seen = []; optimizer.register_step_post_hook(lambda o, a, k: seen.append(len(seen)))", "optimizer.register_step_pre_hook(lambda o, a, k: seen.append('pre')) if epoch == 1 and i == 1 else None", "seen"),
"global hooks of modules": _stepped("seen = []; handles = []", "handles.append(nn.modules.module.register_module_forward_hook(lambda m, a, o: seen.append(type(m).__name__))) if epoch == 1 and i == 1 else None; handles.pop().remove() if epoch == 3 and i == 1 else None", "seen"),
"ids of hooks": _stepped("ids = []", "model[0].register_forward_hook(lambda m, a, out: None).remove()", "model[2].register_forward_hook(print).id - start if epoch else None, model[2]._forward_hooks.clear()").replace("def train(", "start = model[0].register_forward_hook(print).id; model[0]._forward_hooks.clear()\n    def train("),
"autograd functions": _stepped("""class Clip(torch.autograd.Function):
        calls = 0
        @staticmethod
        def forward(ctx, x): ctx.save_for_backward(x); Clip.calls += 1; return x.clamp(-1, 1)
        @staticmethod
        def backward(ctx, g): return g * 0.5
    model.add_module('clip', nn.Module()); model.clip.forward = Clip.apply""", "out = Clip.apply(model[0].weight); out.sum().backward()", "Clip.calls, model[0].weight.grad.sum()"),
"copies of state dicts": _stepped("import copy; best = None; history = []", "best = copy.deepcopy(model.state_dict()); history.append(optimizer.state_dict()); live = model.state_dict()", "sum(v.double().sum().item() for v in globals()['best'].values()) if 'best' in globals() and best else None").replace("def train(epoch):", "def train(epoch):\n        global best, live"),
"torch.jit modules": _stepped("scripted = torch.jit.trace(nn.Linear(3, 1), x)", "scripted(x)", "scripted(x).sum()", "run"),
"recurrent and attention modules": """
    import torch
    torch.manual_seed(0)
    rnn = torch.nn.LSTM(3, 4, 2); att = torch.nn.MultiheadAttention(4, 2); o = torch.optim.Adam([*rnn.parameters(), *att.parameters()]); h = None; x = torch.randn(5, 1, 3)
    for epoch in range(3):  # probe
        for i in range(2):  # skip
            out, h = rnn(x, h); h = tuple(t.detach() for t in h); y, w = att(out, out, out); y.sum().backward(); o.step(); o.zero_grad()
        print(h[0].sum(), y.sum(), [p.sum().item() for p in att.parameters()])
""",
}
