"""Untrained nets whose equal tensors the exporter stores once, or whose one tensor it stores twice.

    python3 make.py        (PyTorch 2.15, onnxscript 0.7; others may write other bytes)

model.onnx, x.npy, target.npy  given: TorchScript's export of linear layers with batch normalization, and a batch
dynamo.onnx                    the dynamo exporter, which uses the one tensor everywhere: each node tells its module
bare.onnx                      the same without anything that tells parameters apart
shared.onnx                    TorchScript's, which names the one tensor by Identity; one normalization is used twice
apart.onnx                     the dynamo exporter without optimizing, which merges nothing; one normalization is used twice
tied.onnx                      an embedding that is the last layer too, stored twice, the second time transposed
clones.onnx                    copied layers, stored once
small_x.npy, small_y.npy       a batch and its classes for all but tied.onnx
tokens.npy, labels.npy         the same for tied.onnx

Prints what PyTorch computes for the modules; script/case_bn_dedup_running_var_tied.txtar expects it, but for the slopes of those with
nn.LayerNorm, which are not right: see layer_norm in torch_quotient.py.
"""
import copy
import sys
import warnings

import onnx
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, "..")
from models import save_arrays
from torch_quotient import show

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


SCRIPT = dict(dynamo=False, opset_version=17, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
DYNAMO = dict(dynamo=True, opset_version=20, external_data=False)


def export(name, module, x, options):
    """Writes NAME.onnx; of the metadata only the names of the modules stay."""
    path = f"{name}.onnx"
    torch.onnx.export(module.eval(), (x,), path, input_names=["x"], output_names=["y"], verbose=False, **options)
    m = onnx.load(path)
    for part in [m, m.graph, *m.graph.input, *m.graph.output, *m.graph.initializer]:
        del part.metadata_props[:]
    for n in m.graph.node:
        kept = [p for p in n.metadata_props if p.key == "pkg.torch.onnx.name_scopes"]
        del n.metadata_props[:]
        n.metadata_props.extend(kept)
        n.doc_string = ""
    del m.graph.value_info[:]
    onnx.save(m, path)


def compute(name, module, loss):
    """Shows the loss of the module in float64, a function of the module as a function of its input."""
    module.double()
    show(name, lambda p: loss(lambda x: torch.func.functional_call(module, p, (x,))), dict(module.named_parameters()))


x, y = torch.randn(6, 4), torch.randint(0, 3, (6,))
net, shared, clones = Net(), Shared(), Clones()
export("dynamo", net, x, DYNAMO)
bare = onnx.load("dynamo.onnx")
bare.producer_name = bare.producer_version = ""
for n in bare.graph.node:
    del n.metadata_props[:]
onnx.save(bare, "bare.onnx")
export("shared", shared, x, SCRIPT)
export("apart", shared, x, DYNAMO | dict(optimize=False))
export("clones", clones, x, SCRIPT)
tied = Tied()
tokens, labels = torch.randint(0, 7, (2, 5)), torch.randint(0, 7, (2, 5))
export("tied", tied, tokens, DYNAMO)
save_arrays(small_x=x, small_y=y, tokens=tokens, labels=labels)

compute("dynamo, bare", net, lambda forward: F.cross_entropy(forward(x.double()), y))
compute("shared, apart", shared, lambda forward: F.cross_entropy(forward(x.double()), y))
compute("tied", tied, lambda forward: F.cross_entropy(forward(tokens).transpose(1, 2), labels))
