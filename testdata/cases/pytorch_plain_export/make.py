"""A convolution with batch normalization, and a linear layer on sequences, as PyTorch's two exporters write them.

    python3 make.py        (PyTorch 2.15, onnxscript 0.7; others may write other bytes)

script.onnx, dynamo.onnx            plainly
script_kept.onnx, dynamo_kept.onnx  so that names and batch normalization are kept

No figures: prints the operators and the names, which script/case_pytorch_plain_export.txtar asks about.
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


def export(name, **options):
    path = f"{name}.onnx"
    torch.onnx.export(net, (torch.randn(2, 1, 3, 4),), path, verbose=False, external_data=False, **options)
    m = onnx.load(path)
    for n in m.graph.node:  # no stack traces
        kept = [p for p in n.metadata_props if p.key == "pkg.onnxscript.rewriter.rule_name"]
        del n.metadata_props[:]
        n.metadata_props.extend(kept)
        n.doc_string = ""
    onnx.save(m, path)
    print(name, [n.op_type for n in m.graph.node], [t.name for t in m.graph.initializer])


torch.manual_seed(0)
net = Net().eval()
export("script", dynamo=False)
export("script_kept", dynamo=False, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE)
export("dynamo", dynamo=True)
export("dynamo_kept", dynamo=True, optimize=False)
