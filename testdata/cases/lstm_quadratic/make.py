#!/usr/bin/env python3
"""Write recurrences over a free number of steps, and what PyTorch computes for them in float64.

    python3 make.py

lstm, gru, rnn and bilstm (two layers, both directions) are the operators of ONNX; scan is lstm as a Scan; split is
rnn as TorchScript unrolls it over 12 steps, by one Split. They end in the last hidden state and a product; the loss
is the mean square on input.npy [12 2 2] and target.npy [2 3]. Prints the loss and the gradient quotient of each.
"""
import pathlib

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
STEPS, BATCH, IN, HIDDEN, OUT, EPS = 12, 2, 2, 3, 3, 1e-5
random = numpy.random.default_rng(1)


def draw(*shape):
    return (random.standard_normal(shape) / 2).astype(numpy.float32)


def info(name, *shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def save(name, nodes, arrays, steps="time"):
    weights = [numpy_helper.from_array(a, n) for n, a in arrays.items()]
    graph = helper.make_graph(nodes, name, [info("x", steps, BATCH, IN)], [info("y", BATCH, OUT)], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    (HERE / (name + ".onnx")).write_bytes(model.SerializeToString())


def sigmoid_lstm(x, w, r, h, c):
    i, o, f, g = (x @ w.T + h @ r.T).chunk(4, 1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def lstm(x, w, r):
    h, c, hs = torch.zeros(BATCH, HIDDEN), torch.zeros(BATCH, HIDDEN), []
    for xt in x:
        h, c = sigmoid_lstm(xt, w, r, h, c)
        hs.append(h)
    return torch.stack(hs)


def gru(x, w, r):
    h, (wz, wr, wh), (rz, rr, rh) = torch.zeros(BATCH, HIDDEN), w.chunk(3), r.chunk(3)
    for xt in x:
        z, reset = (xt @ wz.T + h @ rz.T).sigmoid(), (xt @ wr.T + h @ rr.T).sigmoid()
        h = (1 - z) * (xt @ wh.T + (reset * h) @ rh.T).tanh() + z * h
    return h


def rnn(x, w, r):
    h = torch.zeros(BATCH, HIDDEN)
    for xt in x:
        h = (xt @ w.T + h @ r.T).tanh()
    return h


def bilstm(x, w, r, w2, r2):
    for w, r in ((w, r), (w2, r2)):
        x = torch.cat([lstm(x, w[0], r[0]), lstm(x.flip(0), w[1], r[1]).flip(0)], 2)
    return torch.cat([x[-1, :, :HIDDEN], x[0, :, HIDDEN:]], 1)


def tell(name, last, x, target, *weights):
    params = [torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in weights]
    loss = ((last(x, *params[:-1]) @ params[-1] - target) ** 2).mean()
    g = torch.autograd.grad(loss, params, create_graph=True)
    p = torch.autograd.grad(sum((a ** 2).sum() for a in g) / 2, params)
    quotients = []
    for a, b in zip(g, p):
        e = EPS * torch.where(a >= 0, 1.0, -1.0)
        quotients.append(((b + e) / (a + e)).abs().flatten())
    print(f"{name:7}loss {loss.item():.12g} gq {torch.cat(quotients).mean().item():.12g}")


def main():
    torch.set_default_dtype(torch.float64)
    x, target = draw(STEPS, BATCH, IN), draw(BATCH, OUT)
    numpy.save(HERE / "input.npy", x)
    numpy.save(HERE / "target.npy", target)
    x, target = torch.tensor(x).double(), torch.tensor(target).double()
    end = [helper.make_node("Squeeze", ["last", "first"], ["s"]), helper.make_node("MatMul", ["s", "V"], ["y"])]
    first, v = numpy.array([0]), draw(HIDDEN, OUT)

    for op, gates, f in ("LSTM", 4, lambda *a: lstm(*a)[-1]), ("GRU", 3, gru), ("RNN", 1, rnn):
        w, r = draw(1, gates * HIDDEN, IN), draw(1, gates * HIDDEN, HIDDEN)
        node = helper.make_node(op, ["x", "W", "R"], ["", "last"], hidden_size=HIDDEN)
        save(op.lower(), [node] + end, {"W": w, "R": r, "V": v, "first": first})
        tell(op.lower(), f, x, target, w[0], r[0], v)
        if op == "LSTM":
            save_scan(w[0], r[0], v)
    save_split(w[0], r[0], v)

    weights = {"W": draw(2, 4 * HIDDEN, IN), "R": draw(2, 4 * HIDDEN, HIDDEN),
               "W2": draw(2, 4 * HIDDEN, 2 * HIDDEN), "R2": draw(2, 4 * HIDDEN, HIDDEN), "V": draw(2 * HIDDEN, OUT)}
    both = {"hidden_size": HIDDEN, "direction": "bidirectional"}
    save("bilstm", [
        helper.make_node("LSTM", ["x", "W", "R"], ["h"], **both),
        helper.make_node("Transpose", ["h"], ["h1"], perm=[0, 2, 1, 3]),
        helper.make_node("Reshape", ["h1", "joined"], ["h2"]),
        helper.make_node("LSTM", ["h2", "W2", "R2"], ["", "last"], **both),
        helper.make_node("Transpose", ["last"], ["l1"], perm=[1, 0, 2]),
        helper.make_node("Reshape", ["l1", "row"], ["l2"]),
        helper.make_node("MatMul", ["l2", "V"], ["y"]),
    ], weights | {"joined": numpy.array([0, 0, -1]), "row": numpy.array([BATCH, -1])})
    tell("bilstm", bilstm, x, target, *weights.values())


def save_scan(w, r, v):
    body = helper.make_graph([
        helper.make_node("MatMul", ["xt", "W"], ["a"]), helper.make_node("MatMul", ["h0", "R"], ["b"]),
        helper.make_node("Add", ["a", "b"], ["gates"]),
        helper.make_node("Split", ["gates"], ["i", "o", "f", "g"], axis=1),
        helper.make_node("Sigmoid", ["i"], ["si"]), helper.make_node("Sigmoid", ["o"], ["so"]),
        helper.make_node("Sigmoid", ["f"], ["sf"]), helper.make_node("Tanh", ["g"], ["tg"]),
        helper.make_node("Mul", ["sf", "c0"], ["kept"]), helper.make_node("Mul", ["si", "tg"], ["new"]),
        helper.make_node("Add", ["kept", "new"], ["c1"]), helper.make_node("Tanh", ["c1"], ["tc"]),
        helper.make_node("Mul", ["so", "tc"], ["h1"]),
    ], "cell", [info(n, BATCH, HIDDEN) for n in ("h0", "c0")] + [info("xt", BATCH, IN)],
        [info(n, BATCH, HIDDEN) for n in ("h1", "c1")])
    save("scan", [
        helper.make_node("ConstantOfShape", ["state"], ["zeros"]),
        helper.make_node("Scan", ["zeros", "zeros", "x"], ["h", "c"], num_scan_inputs=1, body=body),
        helper.make_node("MatMul", ["h", "V"], ["y"]),
    ], {"W": w.T.copy(), "R": r.T.copy(), "V": v, "state": numpy.array([BATCH, HIDDEN])})


def save_split(w, r, v):
    nodes = [
        helper.make_node("ConstantOfShape", ["state"], ["h"]), helper.make_node("MatMul", ["x", "W"], ["xw"]),
        helper.make_node("Split", ["xw"], [f"x{t}" for t in range(STEPS)], axis=0),
    ]
    h = "h"
    for t in range(STEPS):
        nodes += [
            helper.make_node("Squeeze", [f"x{t}", "first"], [f"a{t}"]), helper.make_node("MatMul", [h, "R"], [f"b{t}"]),
            helper.make_node("Add", [f"a{t}", f"b{t}"], [f"c{t}"]), helper.make_node("Tanh", [f"c{t}"], [f"h{t}"]),
        ]
        h = f"h{t}"
    nodes.append(helper.make_node("MatMul", [h, "V"], ["y"]))
    save("split", nodes, {"W": w.T.copy(), "R": r.T.copy(), "V": v, "first": numpy.array([0]),
                          "state": numpy.array([BATCH, HIDDEN])}, STEPS)


main()
