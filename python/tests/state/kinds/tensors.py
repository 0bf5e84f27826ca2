"""PyTorch: tensors, their storages and layouts, generators."""

# fmt: off
# ruff: noqa: E501
PROGRAMS = {
"tensors": """
    import torch
    torch.manual_seed(0)
    a = torch.zeros(3); same = [a]; k = {"a": a}; t = torch.zeros(2, 3).t()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            a += i; k["b"] = torch.rand(2); t[i] = epoch; a.note = [i]
        print(a, same[0] is a, k["a"] is a, k["b"], t, t.stride(), a.note)
""",
"tensors of every type": """
    import torch
    names = "uint8 int8 int16 int32 int64 uint16 uint32 uint64 float16 bfloat16 float32 float64 complex32 complex64 complex128 bool float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu".split()
    kinds = [getattr(torch, n) for n in names if hasattr(torch, n)]
    tensors = {str(k): torch.zeros(4, dtype=torch.float32).to(k) for k in kinds}
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            for name, t in tensors.items(): t.view(torch.uint8)[i] = 1 if name == "torch.bool" else 60 + epoch
            new = tensors["torch.bfloat16"].clone(); tiny = torch.full((2,), float(epoch)).to(kinds[-1])
        print({n: t.view(torch.uint8).tolist() for n, t in tensors.items()}, new.dtype, tiny.dtype, tiny.float())
""",
"views of one storage": """
    import torch
    base = torch.zeros(10); left, right = base[:6], base[4:]; flat = base.view(2, 5); x = base.expand(3, 10)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            left += 1; right[i] -= 5; later = base[i:]; later[0] += 10; diagonal = flat[:, 1:].t()
        print(base, flat, later.data_ptr() == base[2:].data_ptr(), later._base is base, x[2]); diagonal[0, 0] = 77; print(base[1], left[1])
""",
"sparse COO tensors": """
    import torch
    s = torch.sparse_coo_tensor([[0, 1], [1, 0]], [1.0, 2.0], (2, 3)); held = [s]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            s.mul_(2); new = torch.sparse_coo_tensor([[0, i % 2], [1, 1]], [1.0, i], (2, 3)); c = (s + s).coalesce()
        print(s.to_dense(), held[0] is s, new.to_dense(), new.is_coalesced(), c.is_coalesced(), c.to_dense())
""",
"sparse CSR, CSC, BSR, BSC tensors": """
    import torch, warnings
    warnings.simplefilter("ignore")
    dense = torch.tensor([[1.0, 0.0], [0.0, 2.0]]); s = dense.to_sparse_csr(); held = [s]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            s.mul_(2) if False else s.values().mul_(2); c = (dense + i).to_sparse_csc(); b = (dense + epoch).to_sparse_bsr((1, 1)); d = dense.to_sparse_bsc((2, 1))
        print(s.to_dense(), held[0] is s, s.layout, c.to_dense(), c.layout, b.to_dense(), b.layout, d.to_dense(), d.layout)
""",
"quantized tensors": """
    import torch
    q = torch.quantize_per_tensor(torch.tensor([0.5, 1.0]), 0.1, 0, torch.qint8); held = [q]; c = torch.quantize_per_channel(torch.ones(2, 2), torch.tensor([0.1, 0.2]), torch.tensor([0, 1]), 0, torch.qint8)
    for epoch in range(3):  # probe
        for i in range(3):  # run
            q = torch.quantize_per_tensor(q.dequantize() + i, 0.1 * (1 + epoch), epoch, torch.quint8); c = torch.quantize_per_channel(c.dequantize() * 2, torch.tensor([0.1, 0.2 + i]), torch.tensor([0, 1]), 0, torch.qint8)
        print(q, q.int_repr(), held[0], c)
""",
"meta tensors": """
    import torch
    m = torch.empty(3, device="meta"); held = [m]; layer = torch.nn.Linear(2, 2, device="meta")
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            new = torch.empty(i + 1, epoch + 1, device="meta", dtype=torch.int8); last = i
        print(m.shape, held[0] is m, new.shape, new.dtype, new.device, last, layer.weight.shape)
""",
"conjugated and negated views": """
    import torch
    z = torch.tensor([1 + 2j, 3 - 1j]); c = z.conj(); n = c.imag; held = [c, n]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            z[i % 2] += 1j; d = z.conj(); f = torch.ones(2, dtype=torch.complex64).conj()
        print(z, c, n, c.is_conj(), n.is_neg(), held[0] is c, d, d.is_conj(), f); z[0] = 9j; print(c[0], d[0], n[0])
""",
"nested tensors": """
    import torch, warnings
    warnings.simplefilter("ignore")
    n = torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])
    for epoch in range(3):  # probe
        for i in range(3):  # run
            n.add_(1) if False else n.unbind()[0].add_(1)
        print([t.tolist() for t in n.unbind()])
""",
"`requires_grad` and gradients": """
    import torch
    torch.manual_seed(0)
    w = torch.randn(3, requires_grad=True); v = torch.ones(2); held = w.grad
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            (w * i).sum().backward(); v.requires_grad_(epoch == 1); g = w.grad
        print(w.grad, w.grad is g, v.requires_grad, w.is_leaf); w.grad = None if epoch == 1 else w.grad
""",
"tensors with a spent history": """
    import torch
    torch.manual_seed(0)
    w = torch.randn(3, requires_grad=True); losses = []
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            loss = (w * torch.rand(3)).sum(); loss.backward(); losses.append(loss.detach()); out = w * 2
        print(loss, losses, out, out.requires_grad, out.grad_fn is not None, w.grad)
""",
"subclasses of Tensor": """
    import torch
    class Tagged(torch.Tensor): pass
    t = torch.zeros(2).as_subclass(Tagged); t.tag = ["a"]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            t.add_(i); t.tag.append(i); new = torch.full((2,), float(i)).as_subclass(Tagged); new.tag = t
        print(type(t).__name__, t.tolist(), t.tag, type(new).__name__, new.tolist(), new.tag is t)
""",
"storages": """
    import torch
    t = torch.zeros(3); s = t.untyped_storage(); views = [s]
    for epoch in range(3):  # probe
        for i in range(3):
            t += i; fresh = torch.ones(2).untyped_storage()
        print(t, s.nbytes(), bytes(fresh), s.data_ptr() == t.data_ptr())
""",
"tensors that share memory with NumPy": """
    import torch, numpy as np
    a = np.zeros(4); t = torch.from_numpy(a); u = torch.zeros(3); b = u.numpy(); half = t[2:]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            a[i] += 1; t[3] -= 1; b += i; half += 1
        print(a, t, u, b); a[0] = 50; b[0] = 60; half[0] = 70; print(t[0], u[0], a[2])
""",
"tensors that began to share memory with NumPy in the loop": """
    import torch, numpy as np
    t = torch.zeros(3); pairs = []
    for epoch in range(3):  # probe
        for i in range(3):
            a = np.full(2, float(i)); u = torch.from_numpy(a); v = torch.ones(2) * i; b = v.numpy()
        a[0] = 50; b[0] = 60; print(a, u, v, b)
""",
"torch.Size, torch.dtype, torch.device, memory formats": """
    import torch
    size = torch.Size([1]); kind = torch.float32; place = torch.device("cpu"); form = torch.contiguous_format
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            size = torch.Size([i, epoch]); kind = torch.int8; place = torch.device("meta"); form = torch.channels_last; info = torch.finfo(torch.float16)
        print(size, size.numel(), kind, place, form, info.max)
""",
"torch.Generator": """
    import torch
    torch.manual_seed(0); g = torch.Generator().manual_seed(7); held = [g]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            torch.rand(2, generator=g); torch.rand(1); new = torch.Generator().manual_seed(i); torch.rand(1, generator=new)
        print(torch.rand(1, generator=g), torch.rand(1), held[0] is g, torch.rand(1, generator=new), g.initial_seed())
""",
"PyTorch's switches": """
    import torch
    keep = torch.get_default_dtype()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            torch.set_default_dtype(torch.float64 if epoch == 1 else torch.float32); torch.set_grad_enabled(epoch != 1); torch.set_printoptions(precision=3 + epoch)
            torch.backends.cudnn.benchmark = epoch == 1; torch.set_float32_matmul_precision("high" if epoch == 1 else "highest"); torch.autograd.set_detect_anomaly(False); torch.set_flush_denormal(False)
        print(torch.zeros(1).dtype, torch.ones(1, requires_grad=True).mul(2).requires_grad, torch.tensor(1 / 3), torch.backends.cudnn.benchmark, torch.get_float32_matmul_precision())
    torch.set_default_dtype(keep); torch.set_grad_enabled(True); torch.set_printoptions(profile="default"); torch.set_float32_matmul_precision("highest"); torch.backends.cudnn.benchmark = False
""",
"packed sequences, named tuples of tensors": """
    import torch
    from torch.nn.utils.rnn import pack_sequence
    p = pack_sequence([torch.ones(2), torch.ones(1)]); top = torch.ones(2).max(0)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            p = pack_sequence([torch.full((3,), float(i)), torch.ones(1)]); top = torch.tensor([1.0, i]).max(0)
        print(p, top, top.values, top.indices)
""",
}
