#!/usr/bin/env python3
"""MetaInit and training in PyTorch: what a user runs today, as the peer to be timed against.

    python3 torch_peer.py export MODEL OUT.onnx     write the model as ONNX, with the weights that are timed
    python3 torch_peer.py paper MODEL [--threads N] [--steps K]    one JSON line: milliseconds of a step of MetaInit, peak MB
    python3 torch_peer.py train MODEL [--threads N] [--steps K]    the same of a step of training by SGD

MetaInit is the algorithm of Dauphin and Schoenholz (NeurIPS 2019): the gradient quotient by reverse mode three times, then a
signed momentum step on the norm of every parameter with two or more axes. The first step is left out, of the others the median
counts. Needs torch and torchvision.
"""
import argparse
import contextlib
import json
import resource
import statistics
import time
import warnings

import torch
from torch.nn import functional as F

import models

warnings.filterwarnings("ignore")


def gradient_quotient(loss, params, eps):
    grads = torch.autograd.grad(loss, params, create_graph=True)
    half_square = sum((g ** 2).sum() for g in grads) / 2
    products = torch.autograd.grad(half_square, params, create_graph=True)
    total = 0.0
    for g, hg in zip(grads, products):
        damping = eps * torch.where(g >= 0, 1.0, -1.0).to(g.dtype)
        total = total + ((g - hg) / (g + damping) - 1).abs().sum()
    return total / sum(p.numel() for p in params)


class Paper:
    """The paper's algorithm; a step returns the gradient quotient before it."""

    def __init__(self, model, lr=0.1, momentum=0.9, eps=1e-5):
        self.model, self.lr, self.momentum, self.eps = model, lr, momentum, eps
        self.params = [p for p in model.parameters() if p.requires_grad]
        self.tuned = [p for p in self.params if p.dim() >= 2]
        self.velocity = [0.0] * len(self.tuned)

    def step(self, x, y):
        with plain_attention():
            gq = gradient_quotient(F.cross_entropy(self.model(x), y), self.params, self.eps)
            slopes = torch.autograd.grad(gq, self.tuned)
        for i, (w, dw) in enumerate(zip(self.tuned, slopes)):
            norm = w.data.norm()
            self.velocity[i] = self.momentum * self.velocity[i] - self.lr * torch.sign((w.data * dw).sum() / norm).item()
            w.data.mul_((norm + self.velocity[i]) / norm)
        return gq.item()


def plain_attention():
    """Has attention computed by products and a softmax: the fused kernels of PyTorch 2 have no second derivative."""
    try:
        from torch.nn.attention import SDPBackend, sdpa_kernel
    except ImportError:
        return contextlib.nullcontext()
    return sdpa_kernel(SDPBackend.MATH)


class Train:
    """Training by SGD; a step returns the loss before it."""

    def __init__(self, model, lr=0.01):
        self.model = model.train()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def measure(algorithm, x, y, steps):
    """The median milliseconds of a step, the first left out, and what the last one returned."""
    algorithm.step(x, y)
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        value = algorithm.step(x, y)
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times), value


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("action", choices=["export", "paper", "train"])
    ap.add_argument("model", choices=list(models.MODELS))
    ap.add_argument("out", nargs="?", help="the file to export to")
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--steps", type=int, default=5)
    a = ap.parse_args()
    if a.action == "export":
        return models.export(a.model, a.out)
    torch.set_num_threads(a.threads)
    model, x = models.build(a.model)
    y = torch.randint(0, 10, x.shape[:1])
    step_ms, value = measure({"paper": Paper, "train": Train}[a.action](model), x, y, a.steps)
    print(json.dumps({"model": a.model, "threads": a.threads, "batch": len(x), "step_ms": step_ms, "value": value,
                      "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
