"""A convolution with batch normalization, and a linear layer on sequences, as PyTorch's two exporters write them plainly and
so that names and batch normalization are kept.

    python3 make.py        (PyTorch 2.15, onnxscript 0.7)
"""
import logging
import warnings

import onnx
import torch

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 2)
        self.norm = torch.nn.BatchNorm2d(2)
        self.head = torch.nn.Linear(3, 4)

    def forward(self, x):
        return self.head(torch.relu(self.norm(self.conv(x))))[:, :, 0, :]


torch.manual_seed(0)
net = Net().eval()
keep = dict(do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
for name, options in {
    "script": dict(dynamo=False),
    "script_kept": dict(dynamo=False, **keep),
    "dynamo": dict(dynamo=True),
    "dynamo_kept": dict(dynamo=True, optimize=False),
}.items():
    torch.onnx.export(net, (torch.randn(2, 1, 3, 4),), f"{name}.onnx", **({"verbose": False, "external_data": False} | options))
    m = onnx.load(f"{name}.onnx")
    for n in m.graph.node:  # no stack traces
        kept = [p for p in n.metadata_props if p.key == "pkg.onnxscript.rewriter.rule_name"]
        del n.metadata_props[:]
        n.metadata_props.extend(kept)
        n.doc_string = ""
    onnx.save(m, f"{name}.onnx")
    print(name, [n.op_type for n in m.graph.node], [t.name for t in m.graph.initializer])
