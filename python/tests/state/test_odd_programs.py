"""Programs with the odder corners of Python: what is unusual in training scripts, and happens."""

from __future__ import annotations

import pytest

from .marked import check_loops

# fmt: off
# ruff: noqa: E501
PROGRAMS = {
"heap, array, decimal, dates": """
    import heapq, array, decimal, datetime, fractions
    heap=[]; arr=array.array('d',[0.0]); d=decimal.Decimal(1); when=datetime.datetime(2020,1,1); f=fractions.Fraction(1,3)
    for epoch in range(3):  # probe
        for i in range(4):  # skip
            heapq.heappush(heap,(5-i,epoch)); arr.append(i*.5); d=d*2+1; when+=datetime.timedelta(days=1); f=f/2+1
        print(heap,arr,d,when,f)
""",
"functions and classes made in the loop": """
    fs=[]; 
    class Base: pass
    for epoch in range(3):  # probe
        for i in range(3):
            def f(x, k=i): return x+k+epoch
            fs.append(f); g=lambda y: y*i
        print([q(1) for q in fs], g(2))
""",
"partial, bound methods, userdict, abc": """
    import functools, collections, abc, operator
    class A(abc.ABC):
        @abc.abstractmethod
        def go(self): ...
    class B(A):
        def __init__(self): self.n=0; self.cb=self.go
        def go(self): self.n+=1; return self.n
    class U(collections.UserDict): pass
    b=B(); u=U(); p=functools.partial(max, 3)
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            b.cb(); u[i]=b.n; p=functools.partial(max, i, epoch); last=b.go
        print(b.n,u,p(0),last.__self__ is b, b.cb.__self__ is b)
""",
"custom getstate that drops things": """
    class C:
        def __init__(self): self.keep=0; self.cache={}
        def __getstate__(self): return {'keep':self.keep}
        def __setstate__(self,s): self.__dict__.update(s); self.cache={}
    c=C()
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            c.keep+=1; c.cache[i]=epoch
        print(c.keep,c.cache)
""",
"getattr proxies, descriptors, metaclass": """
    class Meta(type):
        count=0
        def __call__(cls,*a): Meta.count+=1; return super().__call__(*a)
    class D:
        def __get__(self,o,t): return o.__dict__.get('_d',0)
        def __set__(self,o,v): o.__dict__['_d']=v
    class P(metaclass=Meta):
        d=D()
        def __getattr__(self,n):
            if n.startswith('x'): return n
            raise AttributeError(n)
    ps=[]
    for epoch in range(3):  # probe
        for i in range(3):  # skip
            q=P(); q.d=i; ps.append(q)
        print(Meta.count,[z.d for z in ps],q.xyz)
""",
"rebinding to other types, deletion": """
    x=1; y=[1]
    def work():
        global x, y, z
        for i in range(3):  # skip
            x = 'a' if isinstance(x,int) else 1
            y = tuple(y) if isinstance(y,list) else list(y)
            z = i
        return sorted(k for k in globals() if len(k)==1)
    for e in range(3):  # probe
        print(work(), x, y, z)
        del z
""",
"exceptions kept, nested containers, keys": """
    errs=[]; t={}; nested={'a':[{'b':(1,[2])}]}
    for e in range(3):  # probe
        for i in range(3):  # skip
            try: 1/(i-1)
            except ZeroDivisionError as err: errs.append(str(err))
            t[(e,i)]=frozenset({(i,e)}); nested['a'][0]['b'][1].append(i)
        print(errs,t,nested)
""",
"frozen dataclass, flags, typing": """
    import dataclasses, enum, typing, pathlib
    class F(enum.Flag): A=1; B=2; C=4
    @dataclasses.dataclass(frozen=True)
    class Q: a:int; b:tuple=()
    q=Q(0); fl=F.A; p=pathlib.Path('x'); seen={q:1}
    for e in range(3):  # probe
        for i in range(3):  # skip
            q=dataclasses.replace(q,a=q.a+1,b=q.b+(i,)); fl|=F.C; p=p/str(i); seen[q]=i
        print(q,fl,p,len(seen),q in seen, Q(0) in seen)
""",
"contextvars, lru_cache, singledispatch": """
    import contextvars, functools
    v=contextvars.ContextVar('v',default=0)
    @functools.lru_cache(None)
    def sq(x): return x*x
    @functools.singledispatch
    def show(x): return 'any'
    @show.register(int)
    def _(x): return 'int'
    tot=0
    for e in range(3):  # probe
        for i in range(3):
            tot+=sq(i); v.set(v.get()+1)
        print(tot,v.get(),show(1))
""",
"generator expression unstarted, zip, enumerate": """
    data=[1,2,3]; g=(x for x in data)
    for e in range(3):  # probe
        for i,(a,b) in enumerate(zip(data,data[1:])):  # run
            last=(i,a,b)
        print(last,data)
    print(list(g))
""",
"pandas and sklearn": """
    import pandas as pd, numpy as np
    from sklearn.linear_model import SGDClassifier
    rng=np.random.RandomState(0); X=rng.rand(100,4); y=(X[:,0]>.5).astype(int); m=SGDClassifier(random_state=0)
    for e in range(3):  # probe
        for i in range(0,100,20):  # skip
            m.partial_fit(X[i:i+20],y[i:i+20],classes=[0,1])
        print(m.coef_, m.t_, m.score(X,y))
""",
"try finally with and return": """
    class CM:
        n=0
        def __enter__(self): CM.n+=1; return self
        def __exit__(self,*a): CM.n+=10
    def f(k):
        for i in range(5):
            with CM():
                for j in range(4):  # skip
                    if j==k: return j
            try:
                if i==2: return -1
            finally: CM.n+=100
    for e in range(6):  # probe
        print(f(e),CM.n)
""",
"module-like singletons and logging": """
    import logging, io
    s=io.StringIO(); h=logging.StreamHandler(s); log=logging.getLogger('zz'); log.addHandler(h); log.setLevel('INFO'); log.propagate=False
    for e in range(3):  # probe
        for i in range(3):  # skip
            log.info('x %d %d',e,i)
        print(s.getvalue())
    log.removeHandler(h)
""",
"torch odds": """
    import torch
    torch.manual_seed(0)
    class M(torch.nn.Module):
        def __init__(self):
            super().__init__(); self.w=torch.nn.Parameter(torch.randn(3)); self.register_buffer('b',torch.zeros(2,dtype=torch.int64)); self.extra={'t':torch.ones(2)}
    m=M(); d={m.w:1}; o=torch.optim.Adam([m.w]); ts=torch.zeros(5,dtype=torch.bfloat16); bl=torch.zeros(3,dtype=torch.bool); cx=torch.zeros(2,dtype=torch.complex64); it=None
    for e in range(3):  # probe
        for i in range(3):  # skip
            (m.w**2).sum().backward(); o.step(); m.b+=i; m.extra['t']=m.extra['t']*2; ts[i]=i; bl[i]=True; cx[0]+=1j; d[m.w]+=1; view=m.w.detach()[1:]
            if e==1: o.add_param_group({'params':[torch.nn.Parameter(torch.ones(1))]}) if len(o.param_groups)==1 else None
            m.w.requires_grad_(e!=1 or i<2)
        m.w.requires_grad_(True)
        print(m.w,m.b,m.extra,ts,bl,cx,d[m.w],view,len(o.param_groups),m.w.grad)
        view[0]=5; print(m.w[1])
""",
}

NEEDS = {"pandas and sklearn": ("pandas", "sklearn"), "torch odds": ("torch",)}


@pytest.mark.parametrize("name", PROGRAMS)
def test_replay_prints_what_a_run_prints(name: str) -> None:
    for module in NEEDS.get(name, ()):
        pytest.importorskip(module)
    check_loops(PROGRAMS[name])
