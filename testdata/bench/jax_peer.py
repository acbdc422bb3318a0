#!/usr/bin/env python3
"""MetaInit in JAX, compiled, on five of the models of models.py, as the peer to be timed against.

    python3 jax_peer.py MODEL [--threads N] [--steps K]      one JSON line: milliseconds of a step of MetaInit, peak MB

The same algorithm as in torch_peer.py, in the cheapest form that JAX can take it in: metainit's own formula, forward mode twice
over one reverse pass, jitted as one function that updates the weights in place. The first step, which compiles, is left out; of
the others the median counts. XLA has as many threads as the process has cores. Needs jax.
"""
import argparse
import json
import os
import resource
import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

RNG = np.random.default_rng(0)
EPS, RATE, MOMENTUM = 1e-5, 0.1, 0.9


def normal(*shape, scale=1.0):
    return jnp.asarray(scale * RNG.normal(size=shape), jnp.float32)


def uniform(bound, *shape):
    return jnp.asarray(RNG.uniform(-bound, bound, shape), jnp.float32)


def linear(i, o):
    """A weight and a bias with PyTorch's start."""
    return [uniform(i ** -0.5, o, i), uniform(i ** -0.5, o)]


def convolution(i, o, k):
    bound = (i * k * k) ** -0.5
    return [uniform(bound, k, k, i, o), uniform(bound, o)]


def normalization(c):
    """A gain and a bias."""
    return [jnp.ones(c), jnp.zeros(c)]


def apply(x, p):
    return x @ p[0].T + p[1]


def convolve(x, w, stride=1):
    """A convolution on images with channels last, padded by half the kernel."""
    half = w.shape[0] // 2
    return lax.conv_general_dilated(x, w, (stride, stride), [(half, half)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def mlp():
    def net(layers, x):
        for p in layers[:-1]:
            x = jax.nn.relu(apply(x, p))
        return apply(x, layers[-1])

    return normal(32, 784), [linear(784, 512), linear(512, 512), linear(512, 10)], net


def plain():
    x = normal(32, 32, 32, 3)
    c, strides, layers = 32, [1], [convolution(3, 32, 3)]
    for i in range(10):
        strides.append(2 if i in (3, 6) else 1)
        layers.append(convolution(c, c * strides[-1], 3))
        c *= strides[-1]

    def net(layers, x):
        for (w, bias), stride in zip(layers[:-1], strides):
            x = jax.nn.relu(convolve(x, w, stride) + bias)
        return apply(x.mean((1, 2)), layers[-1])

    return x, layers + [linear(c, 10)], net


def encoder(dim=128, length=64, batch=16, heads=4):
    tokens = jnp.asarray(RNG.integers(0, 1000, (batch, length)))

    def layer():
        return {"qkv": linear(dim, 3 * dim), "out": linear(dim, dim), "up": linear(dim, 4 * dim), "down": linear(4 * dim, dim),
                "norm1": normalization(dim), "norm2": normalization(dim)}

    def normalized(x, p):
        mean = x.mean(-1, keepdims=True)
        variance = ((x - mean) ** 2).mean(-1, keepdims=True)
        return (x - mean) / jnp.sqrt(variance + 1e-5) * p[0] + p[1]

    def attention(x, p):
        q, k, v = apply(x, p["qkv"]).reshape(batch, length, 3, heads, dim // heads).transpose(2, 0, 3, 1, 4)
        mixed = jax.nn.softmax(q @ k.swapaxes(-1, -2) / np.sqrt(np.float32(dim // heads)), -1) @ v
        return apply(mixed.transpose(0, 2, 1, 3).reshape(batch, length, dim), p["out"])

    def net(params, tokens):
        x = params["embed"][tokens] + params["position"]
        for p in params["layers"]:
            x = x + attention(normalized(x, p["norm1"]), p)
            x = x + apply(jax.nn.gelu(apply(normalized(x, p["norm2"]), p["up"]), approximate=False), p["down"])
        return apply(normalized(x, params["norm"]).mean(1), params["head"])

    params = {"embed": normal(1000, dim), "position": normal(1, length, dim, scale=0.02), "norm": normalization(dim),
              "head": linear(dim, 10), "layers": [layer() for _ in range(4)]}
    return tokens, params, net


def lstm(batch=32, steps=16):
    def net(params, x):
        h = c = jnp.zeros((batch, 64))
        for t in range(steps):
            i, f, g, o = jnp.split(apply(x[:, t], params[0]) + apply(h, params[1]), 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return apply(h, params[2])

    return normal(batch, steps, 32), [linear(32, 256), linear(64, 256), linear(64, 10)], net


def unit(i, o, k):
    """A convolution without bias and its normalization."""
    return {"w": convolution(i, o, k)[0], "norm": normalization(o)}


def resnet18():
    """Batch normalization is by the stored mean 0 and variance 1, as in the exported model."""
    x = normal(8, 64, 64, 3)
    params = {"stem": unit(3, 64, 7), "head": linear(512, 10), "blocks": []}
    c, strides = 64, []
    for o in (64, 128, 256, 512):
        for first in (True, False):
            strides.append(2 if first and o != 64 else 1)
            params["blocks"].append([unit(c, o, 3), unit(o, o, 3)] + ([unit(c, o, 1)] if strides[-1] == 2 else []))
            c = o

    def normalized(x, stride, p):
        return convolve(x, p["w"], stride) * p["norm"][0] / np.float32(np.sqrt(1 + 1e-5)) + p["norm"][1]

    def net(params, x):
        x = jax.nn.relu(normalized(x, 2, params["stem"]))
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, 2, 2, 1), [(0, 0), (1, 1), (1, 1), (0, 0)])
        for block, stride in zip(params["blocks"], strides):
            h = normalized(jax.nn.relu(normalized(x, stride, block[0])), 1, block[1])
            x = jax.nn.relu(h + (normalized(x, stride, block[2]) if len(block) > 2 else x))
        return apply(x.mean((1, 2)), params["head"])

    return x, params, net


# Each returns a batch, the parameters, and the function of both.
MODELS = {"mlp": mlp, "plain": plain, "encoder": encoder, "lstm": lstm, "resnet18": resnet18}


def total(tree):
    return sum(leaf.sum() for leaf in jax.tree.leaves(tree))


def slopes(loss, params):
    """The gradient quotient, and for each parameter W ⟨∂GQ/∂W, W⟩: that of a quotient q = (p + e) / (g + e) of p = Hg and g is the
    gradient at θ + ε₁g + ε₂a + ε₁ε₂c in ε₁ε₂, where a and b are the derivatives of GQ by p and g, and c = Ha + b."""
    count = sum(p.size for p in jax.tree.leaves(params))
    gradient, tree = jax.grad(loss), jax.tree.map

    def product(theta, v):
        return jax.jvp(gradient, (theta,), (v,))[1]

    g = gradient(params)
    p = product(params, g)
    damping = tree(lambda g: jnp.where(g >= 0, EPS, -EPS), g)
    q = tree(lambda p, g, e: (p + e) / (g + e), p, g, damping)
    a = tree(lambda q, g, e: jnp.sign(q) / ((g + e) * count), q, g, damping)
    b = tree(lambda q, g, e: -jnp.abs(q) / ((g + e) * count), q, g, damping)
    c = tree(jnp.add, product(params, a), b)
    by_weight = jax.jvp(product, (params, g), (a, c))[1]
    return total(tree(jnp.abs, q)) / count, tree(lambda d, w: (d * w).sum(), by_weight, params)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("model", choices=list(MODELS))
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--steps", type=int, default=5)
    a = ap.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:a.threads])  # before JAX computes, and starts its threads
    x, params, net = MODELS[a.model]()
    y = jnp.asarray(RNG.integers(0, 10, len(x)))

    def loss(params):
        return -jnp.take_along_axis(jax.nn.log_softmax(net(params, x)), y[:, None], 1).mean()

    def step(params, velocity):
        gq, s = slopes(loss, params)
        velocity = jax.tree.map(lambda v, s: MOMENTUM * v - RATE * jnp.sign(s), velocity, s)
        norms = jax.tree.map(lambda w: jnp.sqrt((w * w).sum()), params)
        return jax.tree.map(lambda w, n, v: w * (n + v) / n if w.ndim >= 2 else w, params, norms, velocity), velocity, gq

    step = jax.jit(step, donate_argnums=(0, 1))
    velocity = jax.tree.map(lambda p: jnp.float32(0), params)
    times = []
    for _ in range(1 + a.steps):
        start = time.perf_counter()
        params, velocity, gq = jax.block_until_ready(step(params, velocity))
        times.append(time.perf_counter() - start)
    print(json.dumps({"model": a.model, "threads": a.threads, "batch": len(x), "step_ms": 1e3 * statistics.median(times[1:]),
                      "value": float(gq), "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
