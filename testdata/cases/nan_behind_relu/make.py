"""An elementwise f between two products, f(x W1) W2, infinite or NaN behind a closed gate.

    python3 make.py

model.onnx, x.npy, target.npy  given: relu(z)^1.5; row 1 of x is 0, so that no unit is active there
all others                     the weights of model.onnx, and the f below of their name

Prints what PyTorch computes for those of MODELS and model.onnx; script/case_nan_behind_relu.txtar expects it. PyTorch differentiates f
as it is written, except where that gives NaN: there it is written with a second selection that keeps the argument from the pole,
which has the same values and the same derivatives.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import FLOAT, node, save, value, weights
from torch_quotient import double, show

W = {name: weights("model.onnx")[name] for name in ("W1", "W2")}
x, target = double(np.load("x.npy")), torch.tensor(np.load("target.npy"))


class Builder:
    """Each method is an ONNX operator; operands are names, or numbers that become constants."""

    def __init__(self):
        self.nodes, self.constants = [], {}

    def __getattr__(self, operator):
        def apply(*operands, **attributes):
            names = [v if isinstance(v, str) else self.constant(v) for v in operands]
            self.nodes.append(node(operator, names, [f"{operator}_{len(self.nodes)}"], **attributes))
            return self.nodes[-1].output[0]
        return apply

    def constant(self, v):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.array(v, np.int64 if isinstance(v, list) else np.float32)
        return name


def count(b, h):
    return b.ReduceSum(b.Cast(b.Greater(h, 0.0), to=FLOAT), [1])


def masked_mean(b, z):
    h = b.Relu(z)
    c = count(b, h)
    return b.Mul(h, b.Where(b.Greater(c, 0.0), b.Div(b.ReduceSum(h, [1]), c), 0.0))


def masked_deviation(b, z):
    h = b.Relu(z)
    c = count(b, h)
    return b.Mul(h, b.Where(b.Greater(c, 0.0), b.Sqrt(b.Div(b.ReduceSum(b.Mul(h, h), [1]), c)), 0.0))


def leaky(b, z):
    u = b.Sub(z, 0.125)
    return b.Where(b.Greater(u, 0.0), b.Log(b.LeakyRelu(u, alpha=0.125)), 0.0)


def divide_no_nan(b, x, y):
    """As tf2onnx writes tf.math.divide_no_nan."""
    return b.Where(b.Equal(y, 0.0), 0.0, b.Div(x, y))


def divided_by_root(b, z):
    h = b.Relu(z)
    return divide_no_nan(b, b.Add(z, 2.0), b.Sqrt(h))


def active(z):
    return (z > 0).double().sum(1, keepdim=True)


def torch_mean(z):
    h, c = torch.relu(z), active(z)
    return h * torch.where(c > 0, h.sum(1, keepdim=True) / c, 0.0)


def torch_deviation(z):
    h, c = torch.relu(z), active(z)
    return h * torch.where(c > 0, torch.sqrt((h * h).sum(1, keepdim=True) / c), 0.0)


def torch_rows(z):
    y = torch.relu(z).sum(1, keepdim=True)
    return torch.where(y == 0, 0.0, z / torch.where(y == 0, 1.0, y))


def power(z, e):
    """relu(z)^e, with a second selection."""
    return torch.where(z > 0, torch.where(z > 0, z, 1.0) ** e, 0.0)


MODELS = {  # f in ONNX and in PyTorch
    "pow25": (lambda b, z: b.Pow(b.Relu(z), 2.5), lambda z: torch.relu(z) ** 2.5),
    "masked_mean": (masked_mean, torch_mean),
    "masked_deviation": (masked_deviation, torch_deviation),
    "max": (lambda b, z: b.Pow(b.Max(b.Sub(z, 0.125), 0.0), 2.5), lambda z: torch.maximum(z - 0.125, torch.zeros(())) ** 2.5),
    "max_at_bound": (lambda b, z: b.Pow(b.Max(z, 0.0), 1.5), lambda z: power(z, 1.5)),
    "min": (lambda b, z: b.Pow(b.Neg(b.Min(0.0, b.Add(z, 0.125))), 2.5), lambda z: (-torch.minimum(torch.zeros(()), z + 0.125)) ** 2.5),
    "clip": (lambda b, z: b.Pow(b.Clip(z, 0.0, 0.5), 2.5), lambda z: F.hardtanh(z, 0.0, 0.5) ** 2.5),
    "abs": (lambda b, z: b.Pow(b.Abs(b.Relu(z)), 2.5), lambda z: torch.abs(torch.relu(z)) ** 2.5),
    "thresholded": (lambda b, z: b.Pow(b.ThresholdedRelu(z, alpha=0.25), 2.5), lambda z: F.threshold(z, 0.25, 0.0) ** 2.5),
    "leaky": (leaky, lambda z: torch.where(z > 0.125, torch.log(F.leaky_relu(z - 0.125, 0.125)), 0.0)),
    "root": (lambda b, z: b.Where(b.Greater(z, 0.0), b.Sqrt(b.Relu(z)), 0.0), lambda z: torch.where(z > 0, torch.sqrt(torch.relu(z)), 0.0)),
    "divide_no_nan": (divided_by_root, lambda z: torch.where(z > 0, (z + 2) / torch.sqrt(torch.where(z > 0, z, 1.0)), 0.0)),
    "divide_no_nan_rows": (lambda b, z: divide_no_nan(b, z, b.ReduceSum(b.Relu(z), [1])), torch_rows),
}

UNDEFINED = {  # NaN in PyTorch too, at z = 0 or below: the loss, g, Hg and the derivatives by the norms
    "log": lambda b, z: b.Log(z),
    "root_of_square": lambda b, z: b.Sqrt(b.Mul(z, z)),
    "where15": lambda b, z: b.Pow(b.Where(b.Less(z, 0.0), 0.0, z), 1.5),
    "where25": lambda b, z: b.Pow(b.Where(b.Less(z, 0.0), 0.0, z), 2.5),
}



def write(name, f):
    b = Builder()
    b.nodes.append(node("MatMul", ["x", "W1"], ["z"]))
    b.nodes.append(node("MatMul", [f(b, "z"), "W2"], ["y"]))
    save(name, b.nodes, [value("x", ["b", 4])], [value("y", ["b", 3])], W | b.constants, opset=18)


def compute(name, f):
    show(name, lambda p: F.cross_entropy(f(x @ p["W1"]) @ p["W2"], target), W)


compute("model", lambda z: power(z, 1.5))
for name, (f, in_torch) in MODELS.items():
    write(name, f)
    compute(name, in_torch)
for name, f in UNDEFINED.items():
    write(name, f)
