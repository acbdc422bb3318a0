"""PyTorch's exporters store parameters, buffers and numbers of the code as one tensor, or buffers and numbers like parameters.

    python3 make.py

copies.onnx             copied layers of attention and two products, by TorchScript, which names the one tensor by Identity
copies_dynamo.onnx      the same by dynamo, with the metadata that it writes
numbers.onnx            normalizations with and without scale and bias, a buffer that is a table, torch.ones_like and
                        torch.full_like in the code; by dynamo with the metadata
numbers_bare.onnx       the same without any
tokens.npy, images.npy  inputs
labels.npy              their classes

Prints what PyTorch computes; script/case_parameters_by_signature.txtar expects it.
"""
import copy
import sys
import warnings

import onnx
import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, "..")
import torch_quotient
from models import save_arrays

warnings.filterwarnings("ignore")
torch.manual_seed(4)


def layer_norm(x, shape, weight, bias, epsilon):
    """PyTorch's own has wrong derivatives of the third order."""
    y = torch_quotient.layer_norm(x, 1, epsilon)
    return y if weight is None else y * weight + bias


def group_norm(x, groups, weight, bias, epsilon):
    y = torch_quotient.layer_norm(x.reshape(x.shape[0], groups, -1), 1, epsilon).reshape(x.shape)
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
    form = dict(external_data=False) if dynamo else dict(do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
    torch.onnx.export(model.eval(), (x,), f"{name}.onnx", input_names=["x"], output_names=["y"], dynamo=dynamo,
                      opset_version=20 if dynamo else 17, verbose=False, **form)
    m = onnx.load(f"{name}.onnx")
    for n in m.graph.node:
        n.doc_string = ""
        kept = [p for p in n.metadata_props if p.key in ("pkg.torch.onnx.name_scopes", "pkg.torch.onnx.fx_node", "pkg.onnxscript.rewriter.rule_name")]
        del n.metadata_props[:]
        n.metadata_props.extend(kept)
    onnx.save(m, f"{name}.onnx")
    return m


def compute(name, model, x):
    """Shows the quotient of a module, with normalizations whose derivatives are right."""
    own = F.layer_norm, F.group_norm
    F.layer_norm, F.group_norm = layer_norm, group_norm
    torch_quotient.show(name, lambda p: F.cross_entropy(torch.func.functional_call(model, p, (x.double(),)), labels),
                        dict(model.double().named_parameters()))
    F.layer_norm, F.group_norm = own


tokens, images, labels = torch.randn(5, 3, 4), torch.randn(5, 2, 4, 4), torch.randint(0, 3, (5,))
save_arrays(tokens=tokens, images=images, labels=labels)
copies, numbers = Copies(), Numbers()
export("copies", copies, tokens, False)
export("copies_dynamo", copies, tokens, True)
bare = export("numbers", numbers, images, True)
for holder in [bare.graph, *bare.graph.node, *bare.graph.input, *bare.graph.output, *bare.graph.value_info]:
    del holder.metadata_props[:]
onnx.save(bare, "numbers_bare.onnx")
compute("copies, copies_dynamo", copies, tokens)
compute("numbers", numbers, images)
