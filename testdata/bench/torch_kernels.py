#!/usr/bin/env python3
"""Times products and convolutions of PyTorch, which are those of MKL or OpenBLAS and of oneDNN.

    python3 torch_kernels.py [--threads N] NAME…    one JSON object: GFLOP/s by name

A name is that of a benchmark of metainit's kernels: op=gemm/m=512/n=512/k=512/ta=false/tb=false or
op=forward/n=8/c=64/m=64/g=1/size=56/k=3/stride=1/crop=false, with op=input and op=filter for the gradients. Convolutions run
with channels first and last, and count with the faster.
"""
import argparse
import json
import time

import torch

LAYOUTS = [torch.contiguous_format, torch.channels_last]


def best(call, work):
    """The GFLOP/s of the fastest of many calls."""
    fastest, end = float("inf"), time.perf_counter() + 0.3
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        fastest = min(fastest, time.perf_counter() - start)
    return work / fastest / 1e9


def gemm(m, n, k, ta, tb):
    a = torch.randn(k, m).T if ta == "true" else torch.randn(m, k)
    b = torch.randn(n, k).T if tb == "true" else torch.randn(k, n)
    out = torch.empty(m, n)
    return best(lambda: torch.mm(a, b, out=out), 2 * m * n * k)


def conv(op, n, c, m, g, size, k, stride, crop):
    pad = 0 if crop == "true" else k // 2
    x, w = torch.randn(n, c, size, size), torch.randn(m, c // g, k, k)
    y = torch.nn.functional.conv2d(x, w, None, stride, pad, 1, g)
    work = 2 * y.numel() * w[0].numel()

    def run(layout):
        a, b, d = (t.contiguous(memory_format=layout) for t in (x, w, y))
        if op == "forward":
            return best(lambda: torch.nn.functional.conv2d(a, b, None, stride, pad, 1, g), work)
        mask = [op == "input", op == "filter", False]
        both = [stride] * 2, [pad] * 2, [1] * 2, False, [0] * 2, g
        return best(lambda: torch.ops.aten.convolution_backward(d, a, b, None, *both, mask), work)

    return max(map(run, LAYOUTS))


def rate(name):
    parts = dict(part.split("=") for part in name.split("/"))
    op = parts.pop("op")
    known = {key: v if v in ("true", "false") else int(v) for key, v in parts.items() if key not in ("threads", "impl")}
    return gemm(**known) if op == "gemm" else conv(op, **known)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("names", nargs="+")
    ap.add_argument("--threads", type=int, default=2)
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    with torch.no_grad():
        print(json.dumps({name: rate(name) for name in a.names}))


if __name__ == "__main__":
    main()
