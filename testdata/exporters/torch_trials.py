"""Writes ../reference/{mlp,lenet}/trials.json: the losses of ten steps of training in PyTorch, in float64, on the case's data.

    python3 torch_trials.py

Each of SGD (rate 0.1, momentum 0.9) and Adam (rate 0.003), the gradient of all parameters together clipped to norm 1, starts from
the file's weights, and from those times the factors of `scaled`. Needs PyTorch, onnx.
"""

import json
import pathlib

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)


def mlp(w, x):
    x = x.flatten(1)
    for layer in ("1", "3", "5"):
        x = F.linear(x, w[layer + ".weight"], w[layer + ".bias"])
        x = x if layer == "5" else F.relu(x)
    return x


def lenet(w, x):
    x = F.avg_pool2d(torch.tanh(F.conv2d(x, w["0.weight"], w["0.bias"], padding=2)), 2)
    x = F.avg_pool2d(torch.tanh(F.conv2d(x, w["3.weight"], w["3.bias"])), 2).flatten(1)
    for layer in ("7", "9", "11"):
        x = F.linear(x, w[layer + ".weight"], w[layer + ".bias"])
        x = x if layer == "11" else torch.tanh(x)
    return x


def losses(net, folder, optimizer, factor):
    weights = {t.name: torch.tensor(numpy_helper.to_array(t).astype(np.float64)) for t in onnx.load(folder / "model.onnx").graph.initializer}
    weights = {name: (factor * v if v.dim() > 1 else v).requires_grad_() for name, v in weights.items() if v.dim() > 0}
    x, y = torch.tensor(np.load(folder / "input.npy").astype(np.float64)), torch.tensor(np.load(folder / "target.npy"))
    parameters = list(weights.values())
    step = torch.optim.SGD(parameters, 0.1, momentum=0.9) if optimizer == "sgd" else torch.optim.Adam(parameters, 0.003)
    out = []
    for _ in range(10):
        loss = F.cross_entropy(net(weights, x), y)
        step.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        step.step()
        out.append(loss.item())
    return out


def main():
    for net in (mlp, lenet):
        folder = pathlib.Path(__file__).parent.parent / "reference" / net.__name__
        trials = {f"{optimizer} {factor}": losses(net, folder, optimizer, factor) for optimizer in ("sgd", "adam") for factor in (1, 3)}
        (folder / "trials.json").write_text(json.dumps(trials, indent=1) + "\n")


if __name__ == "__main__":
    main()
