"""Attention of two heads with a bias of shape [2 8] for query, key and value, as Keras stores them.

    python3 make.py

model.onnx         the attention, Tanh, and a linear layer; the softmax over the keys does not change when a key's bias does: its
                   derivatives of every order are 0, and so is the slope of its norm, but for rounding
x.npy, target.npy  a batch and its classes

Prints what PyTorch computes, then the quotient and the factors after 20 steps of the paper's algorithm that keeps the norm of
key.bias; script/case_slopes_of_rounding.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, normal, save, save_arrays, value
from torch_quotient import double, quotient, show, slopes, trained

rng = np.random.default_rng(3)
nodes, tensors = [], {"heads": [0, 0, 2, 8], "flat": [0, 0, 16], "scale": np.float32(1 / 4)}


def weight(name, *shape):
    tensors[name] = normal(rng, *shape) * np.float32(0.8 / np.sqrt(shape[0]))


def add(operator, inputs, output, **attributes):
    nodes.append(node(operator, inputs, [output], output, **attributes))
    return output


def projected(name, perm):
    weight(name + ".kernel", 16, 16)
    weight(name + ".bias", 2, 8)
    y = add("MatMul", ["x", name + ".kernel"], name + "_y")
    y = add("Reshape", [y, "heads"], name + "_heads")
    y = add("Add", [y, name + ".bias"], name + "_biased")
    return add("Transpose", [y], name, perm=perm)


q, k, v = projected("query", [0, 2, 1, 3]), projected("key", [0, 2, 3, 1]), projected("value", [0, 2, 1, 3])
scores = add("Mul", [add("MatMul", [q, k], "products"), "scale"], "scores")
attended = add("MatMul", [add("Softmax", [scores], "attention", axis=-1), v], "attended")
joined = add("Reshape", [add("Transpose", [attended], "back", perm=[0, 2, 1, 3]), "flat"], "joined")
weight("out.kernel", 16, 5)
add("MatMul", [add("ReduceMean", [add("Tanh", [joined], "bent")], "pooled", axes=[1], keepdims=0), "out.kernel"], "y")
save("model", nodes, [value("x", ["batch", 6, 16])], [value("y", ["batch", 5])], tensors, graph="attention")
x, target = normal(rng, 4, 6, 16), rng.integers(0, 5, 4)
save_arrays(x=x, target=target)


def loss(p):
    q, k, v = ((double(x) @ p[n + ".kernel"]).view(4, 6, 2, 8) + p[n + ".bias"] for n in ("query", "key", "value"))
    attention = torch.einsum("bqhd,bkhd->bhqk", q, k).div(4).softmax(-1)
    joined = torch.einsum("bhqk,bkhd->bqhd", attention, v).flatten(2)
    return F.cross_entropy(joined.tanh().mean(1) @ p["out.kernel"], torch.tensor(target))


W = {name: array for name, array in tensors.items() if "." in name}
show("model", loss, W)

params = trained(W)
velocity, factors = dict.fromkeys(W, 0.0), dict.fromkeys(W, 1.0)
for _ in range(20):
    for name, slope in slopes(quotient(loss(params), list(params.values())), params).items():
        if name == "key.bias":
            continue
        velocity[name] = 0.9 * velocity[name] - 0.1 * np.sign(slope)
        factor = 1 + velocity[name] / params[name].norm().item()
        factors[name] *= factor
        params[name].data.mul_(factor)
print(f"after 20 steps: GQ {quotient(loss(params), list(params.values())).item():.12g}")
for name, factor in factors.items():
    print(f"  {name} {factor:.12g}")
