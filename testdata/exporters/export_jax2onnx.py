#!/usr/bin/env python3
"""Export models of Flax (nnx) by jax2onnx, the batch free.

    python3 export_jax2onnx.py OUTDIR [--small] [NAME...]

Needs jax, flax, jax2onnx, onnxruntime.
"""
import dataclasses
import typing

import jax
import jax.numpy as jnp
import numpy
from flax import nnx
from jax2onnx import onnx_function, to_onnx

import export_case


@dataclasses.dataclass
class Case:
    build: typing.Callable[[nnx.Rngs], nnx.Module]
    shape: tuple  # without the batch
    ids: int = 0  # of token ids; 0: the input is of floats
    batch: typing.Any = "B"  # a number: fixed


class MLP(nnx.Module):
    def __init__(self, rngs, *sizes):
        self.layers = nnx.List([nnx.Linear(a, b, rngs=rngs) for a, b in zip(sizes, sizes[1:])])

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = nnx.tanh(layer(x))
        return self.layers[-1](x)


class ConvNet(nnx.Module):
    """Channels last: convolutions, batch normalization, pooling of both kinds."""

    def __init__(self, rngs, width, classes):
        self.conv1 = nnx.Conv(3, width, (3, 3), rngs=rngs)
        self.norm1 = nnx.BatchNorm(width, use_running_average=True, rngs=rngs)
        self.depthwise = nnx.Conv(width, width, (3, 3), strides=2, feature_group_count=width, rngs=rngs)
        self.conv2 = nnx.Conv(width, 2 * width, (1, 1), rngs=rngs)
        self.norm2 = nnx.GroupNorm(2 * width, num_groups=2, rngs=rngs)
        self.head = nnx.Linear(2 * width, classes, rngs=rngs)

    def __call__(self, x):
        x = nnx.max_pool(nnx.relu(self.norm1(self.conv1(x))), window_shape=(2, 2), strides=(2, 2))
        x = nnx.silu(self.norm2(self.conv2(self.depthwise(x))))
        return self.head(x.mean((1, 2)))


class Residual(nnx.Module):
    def __init__(self, rngs, width):
        self.conv1 = nnx.Conv(width, width, (3, 3), use_bias=False, rngs=rngs)
        self.norm1 = nnx.BatchNorm(width, use_running_average=True, rngs=rngs)
        self.conv2 = nnx.Conv(width, width, (3, 3), use_bias=False, rngs=rngs)
        self.norm2 = nnx.BatchNorm(width, use_running_average=True, rngs=rngs)

    def __call__(self, x):
        return nnx.relu(x + self.norm2(self.conv2(nnx.relu(self.norm1(self.conv1(x))))))


class ResNet(nnx.Module):
    def __init__(self, rngs, width, classes):
        self.stem = nnx.Conv(3, width, (7, 7), strides=2, rngs=rngs)
        self.blocks = nnx.List([Residual(rngs, width), Residual(rngs, width)])
        self.head = nnx.Linear(width, classes, rngs=rngs)

    def __call__(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(nnx.avg_pool(x, window_shape=(2, 2), strides=(2, 2)).mean((1, 2)))


@onnx_function
class Block(nnx.Module):
    """An encoder block, exported as a function of the model."""

    def __init__(self, rngs, width, heads):
        self.norm1, self.norm2 = nnx.LayerNorm(width, rngs=rngs), nnx.LayerNorm(width, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(heads, width, decode=False, rngs=rngs)
        self.up, self.down = nnx.Linear(width, 2 * width, rngs=rngs), nnx.Linear(2 * width, width, rngs=rngs)

    def __call__(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.down(nnx.gelu(self.up(self.norm2(x))))


class Transformer(nnx.Module):
    def __init__(self, rngs, tokens, length, width, heads, depth, classes):
        self.embed = nnx.Embed(tokens, width, rngs=rngs)
        self.position = nnx.Param(0.1 * jax.random.normal(rngs.params(), (length, width)))
        self.blocks = nnx.List([Block(rngs, width, heads) for _ in range(depth)])
        self.norm, self.head = nnx.LayerNorm(width, rngs=rngs), nnx.Linear(width, classes, rngs=rngs)

    def __call__(self, ids):
        x = self.embed(ids) + self.position[...]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(1))


class LSTM(nnx.Module):
    """A loop of JAX, scan: in the model a Scan with the cell as its body. (nnx.RNN cannot be exported: it traces its cell twice.)"""

    def __init__(self, rngs, features, width, classes):
        self.input, self.state = nnx.Linear(features, 4 * width, rngs=rngs), nnx.Linear(width, 4 * width, use_bias=False, rngs=rngs)
        self.width, self.head = width, nnx.Linear(width, classes, rngs=rngs)

    def __call__(self, x):
        weights, bias, recurrent = self.input.kernel[...], self.input.bias[...], self.state.kernel[...]

        def cell(carry, x):
            c, h = carry
            i, f, g, o = jnp.split(x @ weights + bias + h @ recurrent, 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (c, h), h

        zeros = jnp.zeros((x.shape[0], self.width))
        (_, h), _ = jax.lax.scan(cell, (zeros, zeros), x.swapaxes(0, 1))
        return self.head(h)


SMALL = {
    "mlp": Case(lambda r: MLP(r, 10, 16, 12, 4), (10,)),
    "convnet": Case(lambda r: ConvNet(r, 8, 5), (12, 12, 3)),
    "resnet": Case(lambda r: ResNet(r, 8, 5), (16, 16, 3)),
    "transformer": Case(lambda r: Transformer(r, 30, 6, 16, 2, 1, 5), (6,), 30),
    "lstm": Case(lambda r: LSTM(r, 6, 8, 5), (5, 6), batch=4),
}

LARGE = {
    "mlp": Case(lambda r: MLP(r, 784, 512, 256, 128, 10), (784,)),
    "convnet": Case(lambda r: ConvNet(r, 64, 10), (32, 32, 3)),
    "resnet": Case(lambda r: ResNet(r, 64, 100), (64, 64, 3)),
    "transformer": Case(lambda r: Transformer(r, 1000, 32, 128, 4, 4, 10), (32,), 1000),
    "lstm": Case(lambda r: LSTM(r, 32, 64, 10), (20, 32), batch=4),
}


def make(case):
    """Returns the model of a case and an input."""
    model = case.build(nnx.Rngs(0))
    rng, shape = numpy.random.default_rng(0), (4, *case.shape)
    return model, rng.integers(0, case.ids, shape).astype(numpy.int32) if case.ids else rng.normal(size=shape).astype(numpy.float32)


def export(folder, case, model):
    kind = jnp.int32 if case.ids else jnp.float32
    to_onnx(model, [jax.ShapeDtypeStruct((case.batch, *case.shape), kind)], return_mode="file", output_path=str(folder / "model.onnx"))


def write(folder, case):
    model, x = make(case)
    export(folder, case, model)
    return [x]


if __name__ == "__main__":
    export_case.main("jax2onnx", __doc__, SMALL, LARGE, write)
