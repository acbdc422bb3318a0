#!/usr/bin/env python3
"""Exports untrained nets whose equal tensors the exporter stores once, and prints what PyTorch computes for them.

dynamo     PyTorch's dynamo exporter, which uses the one tensor everywhere: each node tells its module
shared     its TorchScript exporter, which names the one tensor by Identity; one normalization is used twice
bare       the net of dynamo without anything that tells parameters apart
apart      the dynamo exporter without optimizing, which merges nothing; one normalization is used twice
tied       an embedding that is the last layer too, stored twice, the second time transposed
clones     copied layers, stored once
"""
import copy
import pathlib
import sys
import warnings

import numpy
import onnx
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from quotient import measure

warnings.filterwarnings("ignore")
torch.manual_seed(6)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 3)
        self.n, self.m, self.l = nn.BatchNorm1d(5), nn.BatchNorm1d(5), nn.LayerNorm(5)

    def forward(self, x):
        return self.c(self.l(self.m(torch.tanh(self.b(self.n(torch.tanh(self.a(x))))))))


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 3)
        self.n, self.l = nn.LayerNorm(5), nn.LayerNorm(5)

    def forward(self, x):
        x = torch.tanh(self.n(self.a(x)))
        return self.c(self.l(torch.tanh(self.n(self.b(x)))))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.body, self.head = nn.Embedding(7, 4), nn.Linear(4, 4), nn.Linear(4, 7, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, x):
        return self.head(torch.tanh(self.body(self.embed(x))))


class Clones(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.c = nn.Linear(4, 5), nn.Linear(5, 3)
        layer = nn.Linear(5, 5)
        self.b, self.d = layer, copy.deepcopy(layer)

    def forward(self, x):
        return self.c(torch.tanh(self.d(torch.tanh(self.b(torch.tanh(self.a(x)))))))


def export(name, model, x, dynamo, **options):
    path = HERE / f"{name}.onnx"
    torch.onnx.export(model.eval(), (x,), str(path), input_names=["x"], output_names=["y"], dynamo=dynamo, opset_version=20 if dynamo else 17,
                      verbose=False, **(dict(external_data=False) if dynamo else dict(do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)), **options)
    m = onnx.load(str(path))
    del m.metadata_props[:]
    for v in list(m.graph.input) + list(m.graph.output) + list(m.graph.value_info) + list(m.graph.initializer) + [m.graph]:
        del v.metadata_props[:]
    for n in m.graph.node:
        kept = [p for p in n.metadata_props if p.key == "pkg.torch.onnx.name_scopes"]
        del n.metadata_props[:]
        n.metadata_props.extend(kept)
        n.doc_string = ""
    del m.graph.value_info[:]
    path.write_bytes(m.SerializeToString())
    return m


def value(name, model, x, target, loss=nn.functional.cross_entropy):
    model.eval()
    named = dict(model.named_parameters())
    for buffer in model.buffers():
        buffer.data = buffer.data.double() if buffer.is_floating_point() else buffer.data
    cast = (lambda t: t.long()) if not x.is_floating_point() else (lambda t: t)
    measure(name, lambda p, t: torch.func.functional_call(model, p, (cast(t),)), named, x, target, loss)


x, y = torch.randn(6, 4), torch.randint(0, 3, (6,))
numpy.save(HERE / "small_x.npy", x.numpy())
numpy.save(HERE / "small_y.npy", y.numpy())
net, shared, clones = Net(), Shared(), Clones()
export("dynamo", net, x, True)
bare = onnx.load(str(HERE / "dynamo.onnx"))
bare.producer_name = bare.producer_version = ""
for n in bare.graph.node:
    del n.metadata_props[:]
(HERE / "bare.onnx").write_bytes(bare.SerializeToString())
export("shared", shared, x, False)
export("apart", shared, x, True, optimize=False)
export("clones", clones, x, False)
tied = Tied()
tokens, labels = torch.randint(0, 7, (2, 5)), torch.randint(0, 7, (2, 5))
numpy.save(HERE / "tokens.npy", tokens.numpy())
numpy.save(HERE / "labels.npy", labels.numpy())
export("tied", tied, tokens, True)

value("dynamo, bare", net, x, y)
value("shared, apart", shared, x, y)
value("tied", tied, tokens, labels, lambda y, t: nn.functional.cross_entropy(y.transpose(1, 2), t))
