#!/usr/bin/env python3
"""Write the other models of this folder, and print what PyTorch computes for all of them in float64.

    python3 make.py

All have the weights of model.onnx and an elementwise f between two products, f(x W1) W2, and are run on
x.npy and target.npy; row 1 of x is 0, so that no unit is active there. PyTorch differentiates f as it is
written, except where that gives NaN (`safe`): there it is written with a second selection that keeps the
argument from the pole, which has the same values and the same derivatives.
Needs numpy, onnx and torch.
"""
import pathlib

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
WEIGHTS = list(onnx.load(HERE / "model.onnx").graph.initializer)[:2]


class Builder:
    """Each method is an ONNX operator; operands are names, or numbers that become constants."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def __getattr__(self, operator):
        def apply(*operands, **attributes):
            names = [x if isinstance(x, str) else self.constant(x) for x in operands]
            self.nodes.append(helper.make_node(operator, names, [f"{operator}_{len(self.nodes)}"], **attributes))
            return self.nodes[-1].output[0]
        return apply

    def constant(self, value):
        array = numpy.array(value, numpy.int64 if isinstance(value, list) else numpy.float32)
        self.constants.append(numpy_helper.from_array(array, f"c{len(self.constants)}"))
        return self.constants[-1].name


def count(b, h):
    return b.ReduceSum(b.Cast(b.Greater(h, 0.0), to=TensorProto.FLOAT), [1])


def masked_mean(b, z):
    h = b.Relu(z)
    c = count(b, h)
    return b.Mul(h, b.Where(b.Greater(c, 0.0), b.Div(b.ReduceSum(h, [1]), c), 0.0))


def masked_deviation(b, z):
    h = b.Relu(z)
    c = count(b, h)
    return b.Mul(h, b.Where(b.Greater(c, 0.0), b.Sqrt(b.Div(b.ReduceSum(b.Mul(h, h), [1]), c)), 0.0))


def divide_no_nan(b, x, y):
    """As tf2onnx writes tf.math.divide_no_nan."""
    return b.Where(b.Equal(y, 0.0), 0.0, b.Div(x, y))


def safe_divide(x, y):
    zero = y == 0
    return torch.where(zero, 0.0, x / torch.where(zero, 1.0, y))


def active(z):
    return (z > 0).double().sum(1, keepdim=True)


def torch_mean(z):
    h, c = torch.relu(z), active(z)
    return torch.where(c > 0, h.sum(1, keepdim=True) / c, 0.0)


def torch_deviation(z):
    h, c = torch.relu(z), active(z)
    return h * torch.where(c > 0, torch.sqrt((h * h).sum(1, keepdim=True) / c), 0.0)


def safe_power(z, e):
    """relu(z)^e."""
    return torch.where(z > 0, torch.where(z > 0, z, 1.0) ** e, 0.0)


F = torch.nn.functional
MODELS = {  # f in ONNX and in PyTorch
    "pow25": (lambda b, z: b.Pow(b.Relu(z), 2.5), lambda z: torch.relu(z) ** 2.5),
    "masked_mean": (masked_mean, lambda z: torch.relu(z) * torch_mean(z)),
    "masked_deviation": (masked_deviation, torch_deviation),
    "max": (lambda b, z: b.Pow(b.Max(b.Sub(z, 0.125), 0.0), 2.5), lambda z: torch.maximum(z - 0.125, torch.zeros(())) ** 2.5),
    "max_at_bound": (lambda b, z: b.Pow(b.Max(z, 0.0), 1.5), lambda z: safe_power(z, 1.5)),
    "min": (lambda b, z: b.Pow(b.Neg(b.Min(0.0, b.Add(z, 0.125))), 2.5), lambda z: (-torch.minimum(torch.zeros(()), z + 0.125)) ** 2.5),
    "clip": (lambda b, z: b.Pow(b.Clip(z, 0.0, 0.5), 2.5), lambda z: F.hardtanh(z, 0.0, 0.5) ** 2.5),
    "abs": (lambda b, z: b.Pow(b.Abs(b.Relu(z)), 2.5), lambda z: torch.abs(torch.relu(z)) ** 2.5),
    "thresholded": (lambda b, z: b.Pow(b.ThresholdedRelu(z, alpha=0.25), 2.5), lambda z: F.threshold(z, 0.25, 0.0) ** 2.5),
    "leaky": (lambda b, z: (lambda u: b.Where(b.Greater(u, 0.0), b.Log(b.LeakyRelu(u, alpha=0.125)), 0.0))(b.Sub(z, 0.125)),
              lambda z: torch.where(z > 0.125, torch.log(F.leaky_relu(z - 0.125, 0.125)), 0.0)),
    "root": (lambda b, z: b.Where(b.Greater(z, 0.0), b.Sqrt(b.Relu(z)), 0.0),
             lambda z: torch.where(z > 0, torch.sqrt(torch.relu(z)), 0.0)),
    "divide_no_nan": (lambda b, z: (lambda h: divide_no_nan(b, b.Add(z, 2.0), b.Sqrt(h)))(b.Relu(z)),
                      lambda z: torch.where(z > 0, (z + 2) / torch.sqrt(torch.where(z > 0, z, 1.0)), 0.0)),
    "divide_no_nan_rows": (lambda b, z: divide_no_nan(b, z, b.ReduceSum(b.Relu(z), [1])),
                           lambda z: safe_divide(z, torch.relu(z).sum(1, keepdim=True))),
}

# What is NaN in PyTorch too, at z = 0 or below: the loss, g, Hg and the derivatives by the norms.
UNDEFINED = {
    "log": lambda b, z: b.Log(z),
    "root_of_square": lambda b, z: b.Sqrt(b.Mul(z, z)),
    "where15": lambda b, z: b.Pow(b.Where(b.Less(z, 0.0), 0.0, z), 1.5),
    "where25": lambda b, z: b.Pow(b.Where(b.Less(z, 0.0), 0.0, z), 2.5),
}


def write(name, f):
    b = Builder()
    b.nodes.append(helper.make_node("MatMul", ["x", "W1"], ["z"]))
    y = f(b, "z")
    b.nodes.append(helper.make_node("MatMul", [y, "W2"], ["y"]))
    rows = lambda name, columns: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["b", columns])
    graph = helper.make_graph(b.nodes, "g", [rows("x", 4)], [rows("y", 3)], WEIGHTS + b.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, HERE / f"{name}.onnx")


def expected(f):
    """GQ and its derivatives by the norms of W1 and W2, by reverse mode applied three times."""
    x, target = (torch.from_numpy(numpy.load(HERE / f"{name}.npy")) for name in ("x", "target"))
    weights = [torch.tensor(numpy_helper.to_array(w)).double().requires_grad_() for w in WEIGHTS]
    loss = F.cross_entropy(f(x.double() @ weights[0]) @ weights[1], target)
    grads = torch.autograd.grad(loss, weights, create_graph=True)
    products = torch.autograd.grad(sum((g**2).sum() for g in grads) / 2, weights, create_graph=True)
    quotients = []
    for g, p in zip(grads, products):
        epsilon = 1e-5 * torch.where(g >= 0, 1.0, -1.0).double()
        quotients.append(((p + epsilon) / (g + epsilon)).abs().flatten())
    gq = torch.cat(quotients).mean()
    slopes = [((w * d).sum() / w.norm()).item() for w, d in zip(weights, torch.autograd.grad(gq, weights))]
    return [gq.item(), *slopes]


def main():
    print("model", expected(lambda z: torch.relu(z) ** 1.5), "safe", expected(lambda z: safe_power(z, 1.5)))
    for name, (f, in_torch) in MODELS.items():
        write(name, f)
        print(name, expected(in_torch))
    for name, f in UNDEFINED.items():
        write(name, f)


if __name__ == "__main__":
    main()
