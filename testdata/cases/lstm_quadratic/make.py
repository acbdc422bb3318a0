"""Recurrences over a free number of steps.

    python3 make.py

model.onnx                     given: an LSTM of 32 over 200 steps
lstm.onnx, gru.onnx, rnn.onnx  the operators of ONNX; these and the next end in the last state and a product
bilstm.onnx                    two layers of LSTM in both directions
scan.onnx                      lstm.onnx as a Scan
split.onnx                     rnn.onnx as TorchScript unrolls it over 12 steps, by one Split
input.npy, target.npy          a batch of 12 steps and its target for all but model.onnx

Prints what PyTorch computes for lstm (and scan), gru, rnn (and split) and bilstm; script/case_lstm_quadratic.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F
from onnx import helper

sys.path.insert(0, "..")
from models import node, save, save_arrays, value
from torch_quotient import double, show

STEPS, BATCH, IN, HIDDEN, OUT = 12, 2, 2, 3, 3
rng = np.random.default_rng(1)


def draw(*shape):
    return (rng.standard_normal(shape) / 2).astype(np.float32)


def write(name, nodes, tensors, steps="time"):
    save(name, nodes, [value("x", [steps, BATCH, IN])], [value("y", [BATCH, OUT])], tensors, graph=name)


x, target = draw(STEPS, BATCH, IN), draw(BATCH, OUT)
save_arrays(input=x, target=target)
V = draw(HIDDEN, OUT)


def lstm(x, w, r):
    """The states of all steps; ONNX has the gates in the order input, output, forget, cell."""
    h, c, hs = x.new_zeros(BATCH, HIDDEN), x.new_zeros(BATCH, HIDDEN), []
    for xt in x:
        i, o, f, g = (xt @ w.T + h @ r.T).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        hs.append(h)
    return torch.stack(hs)


def gru(x, w, r):
    h, (wz, wr, wh), (rz, rr, rh) = x.new_zeros(BATCH, HIDDEN), w.chunk(3), r.chunk(3)
    for xt in x:
        z, reset = (xt @ wz.T + h @ rz.T).sigmoid(), (xt @ wr.T + h @ rr.T).sigmoid()
        h = (1 - z) * (xt @ wh.T + (reset * h) @ rh.T).tanh() + z * h
    return h


def rnn(x, w, r):
    h = x.new_zeros(BATCH, HIDDEN)
    for xt in x:
        h = (xt @ w.T + h @ r.T).tanh()
    return h


def bilstm(x, p):
    for w, r in ((p["W"], p["R"]), (p["W2"], p["R2"])):
        x = torch.cat([lstm(x, w[0], r[0]), lstm(x.flip(0), w[1], r[1]).flip(0)], 2)
    return torch.cat([x[-1, :, :HIDDEN], x[0, :, HIDDEN:]], 1)


def compute(name, last, tensors):
    """Shows the mean square of last, the state at the end as a function of input and parameters, times V."""
    show(name, lambda p: F.mse_loss(last(double(x), p) @ p["V"], double(target)), tensors)


def operator(op, gates, last):
    """Writes an operator, and returns its weights."""
    w, r = draw(1, gates * HIDDEN, IN), draw(1, gates * HIDDEN, HIDDEN)
    write(op.lower(), [
        node(op, ["x", "W", "R"], ["", "last"], hidden_size=HIDDEN), node("Squeeze", ["last", "first"], ["s"]), node("MatMul", ["s", "V"], ["y"]),
    ], {"W": w, "R": r, "V": V, "first": [0]})
    compute(op.lower(), lambda x, p: last(x, p["W"][0], p["R"][0]), {"W": w, "R": r, "V": V})
    return {"W": w[0].T, "R": r[0].T, "V": V}


def scan(tensors):
    def state(name, size=HIDDEN):
        return value(name, [BATCH, size])

    cell = helper.make_graph([
        node("MatMul", ["xt", "W"], ["a"]), node("MatMul", ["h0", "R"], ["b"]), node("Add", ["a", "b"], ["gates"]),
        node("Split", ["gates"], ["i", "o", "f", "g"], axis=1),
        node("Sigmoid", ["i"], ["si"]), node("Sigmoid", ["o"], ["so"]), node("Sigmoid", ["f"], ["sf"]), node("Tanh", ["g"], ["tg"]),
        node("Mul", ["sf", "c0"], ["kept"]), node("Mul", ["si", "tg"], ["new"]), node("Add", ["kept", "new"], ["c1"]),
        node("Tanh", ["c1"], ["tc"]), node("Mul", ["so", "tc"], ["h1"]),
    ], "cell", [state("h0"), state("c0"), state("xt", IN)], [state("h1"), state("c1")])
    write("scan", [
        node("ConstantOfShape", ["state"], ["zeros"]), node("Scan", ["zeros", "zeros", "x"], ["h", "c"], num_scan_inputs=1, body=cell),
        node("MatMul", ["h", "V"], ["y"]),
    ], tensors | {"state": [BATCH, HIDDEN]})


def split(tensors):
    nodes, h = [
        node("ConstantOfShape", ["state"], ["h"]), node("MatMul", ["x", "W"], ["xw"]),
        node("Split", ["xw"], [f"x{t}" for t in range(STEPS)], axis=0),
    ], "h"
    for t in range(STEPS):
        nodes += [
            node("Squeeze", [f"x{t}", "first"], [f"a{t}"]), node("MatMul", [h, "R"], [f"b{t}"]),
            node("Add", [f"a{t}", f"b{t}"], [f"c{t}"]), node("Tanh", [f"c{t}"], [f"h{t}"])]
        h = f"h{t}"
    write("split", nodes + [node("MatMul", [h, "V"], ["y"])], tensors | {"first": [0], "state": [BATCH, HIDDEN]}, STEPS)


scan(operator("LSTM", 4, lambda *a: lstm(*a)[-1]))
operator("GRU", 3, gru)
split(operator("RNN", 1, rnn))

both = {"hidden_size": HIDDEN, "direction": "bidirectional"}
tensors = {"W": draw(2, 4 * HIDDEN, IN), "R": draw(2, 4 * HIDDEN, HIDDEN), "W2": draw(2, 4 * HIDDEN, 2 * HIDDEN),
           "R2": draw(2, 4 * HIDDEN, HIDDEN), "V": draw(2 * HIDDEN, OUT)}
write("bilstm", [
    node("LSTM", ["x", "W", "R"], ["h"], **both), node("Transpose", ["h"], ["h1"], perm=[0, 2, 1, 3]), node("Reshape", ["h1", "joined"], ["h2"]),
    node("LSTM", ["h2", "W2", "R2"], ["", "last"], **both), node("Transpose", ["last"], ["l1"], perm=[1, 0, 2]),
    node("Reshape", ["l1", "row"], ["l2"]), node("MatMul", ["l2", "V"], ["y"]),
], tensors | {"joined": [0, 0, -1], "row": [BATCH, -1]})
compute("bilstm", bilstm, tensors)
