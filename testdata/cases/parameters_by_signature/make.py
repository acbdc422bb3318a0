#!/usr/bin/env python3
"""Exports untrained nets in which PyTorch's exporters store parameters, buffers and numbers of the code as one tensor, or buffers and
numbers as if they were parameters, and prints what PyTorch computes for them.

copies         copied layers of attention and two products, by TorchScript, which names the one tensor by Identity
copies_dynamo  the same by dynamo, with the metadata that it writes
numbers        normalizations with and without scale and bias, a buffer that is a table, torch.ones_like and torch.full_like in the
               code; by dynamo with the metadata
numbers_bare   the same without any
"""
import copy
import pathlib
import sys
import warnings

import numpy
import onnx
import torch
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from quotient import measure

warnings.filterwarnings("ignore")
torch.manual_seed(4)


def layer_norm(x, weight=None, bias=None):
    """PyTorch's own has wrong derivatives of the third order."""
    d = x - x.mean(-1, keepdim=True)
    y = d / ((d * d).mean(-1, keepdim=True) + 1e-5).sqrt()
    return y if weight is None else y * weight + bias


def group_norm(x, groups, weight=None, bias=None):
    y = layer_norm(x.reshape(x.shape[0], groups, -1)).reshape(x.shape)
    return y if weight is None else y * weight[:, None, None] + bias[:, None, None]


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.up, self.down, self.norm = nn.Linear(4, 12), nn.Linear(4, 6), nn.Linear(6, 4), nn.LayerNorm(4)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1)
        x = x + (q @ k.transpose(1, 2) * 0.5).softmax(-1) @ v
        return self.norm(x + self.down(torch.tanh(self.up(x))))


class Copies(nn.Module):
    def __init__(self):
        super().__init__()
        layer = Layer()
        self.layers, self.head = nn.ModuleList(copy.deepcopy(layer) for _ in range(2)), nn.Linear(4, 3)

    def forward(self, x):
        for layer in (*self.layers, self.layers[0]):  # the first is applied twice
            x = layer(x)
        return self.head(x.mean(1))


class Numbers(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(2, 4, 2), nn.Conv2d(4, 4, 2, bias=False), nn.Linear(4, 3)
        self.n, self.m = nn.GroupNorm(2, 4), nn.GroupNorm(2, 4, affine=False)
        self.p, self.q = nn.LayerNorm(4), nn.LayerNorm(4, elementwise_affine=False)
        self.register_buffer("table", torch.randn(4, 4))

    def forward(self, x):
        h = self.m(self.b(torch.tanh(self.n(self.a(x))))).mean((2, 3))
        h = torch.maximum(h, torch.full_like(h, -0.4)) / torch.where(h.abs() < 0.05, torch.ones_like(h), h)
        return self.c(self.q(torch.tanh(self.p(h @ self.table + h))))


def export(name, model, x, dynamo):
    path = HERE / f"{name}.onnx"
    torch.onnx.export(model.eval(), (x,), str(path), input_names=["x"], output_names=["y"], dynamo=dynamo, opset_version=20 if dynamo else 17,
                      verbose=False, **(dict(external_data=False) if dynamo else dict(do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)))
    m = onnx.load(str(path))
    for n in m.graph.node:
        n.doc_string = ""
        kept = [p for p in n.metadata_props if p.key in ("pkg.torch.onnx.name_scopes", "pkg.torch.onnx.fx_node", "pkg.onnxscript.rewriter.rule_name")]
        del n.metadata_props[:]
        n.metadata_props.extend(kept)
    path.write_bytes(m.SerializeToString())
    return m


def value(name, model, x, y):
    model.double()
    functions = F.layer_norm, F.group_norm
    F.layer_norm = lambda x, shape, weight, bias, eps: layer_norm(x, weight, bias)
    F.group_norm = lambda x, groups, weight, bias, eps: group_norm(x, groups, weight, bias)
    measure(name, lambda p, t: torch.func.functional_call(model, p, (t,)), dict(model.named_parameters()), x, y)
    F.layer_norm, F.group_norm = functions


tokens, images, labels = torch.randn(5, 3, 4), torch.randn(5, 2, 4, 4), torch.randint(0, 3, (5,))
for name, array in dict(tokens=tokens, images=images, labels=labels).items():
    numpy.save(HERE / f"{name}.npy", array.numpy())
copies, numbers = Copies(), Numbers()
export("copies", copies, tokens, False)
export("copies_dynamo", copies, tokens, True)
bare = export("numbers", numbers, images, True)
for holder in [bare.graph, *bare.graph.node, *bare.graph.input, *bare.graph.output, *bare.graph.value_info]:
    del holder.metadata_props[:]
(HERE / "numbers_bare.onnx").write_bytes(bare.SerializeToString())
value("copies, copies_dynamo", copies, tokens, labels)
value("numbers", numbers, images, labels)
