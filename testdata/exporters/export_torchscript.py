#!/usr/bin/env python3
"""Export torchvision models by PyTorch's TorchScript exporter, the batch free.

    python3 export_torchscript.py OUTDIR [--small] [NAME...]

Needs torch, torchvision, onnxruntime.
"""
import inspect

import torch

import export_case
from torchvision_models import LARGE, SMALL, seeded


def write(folder, case):
    model, x = seeded(case)
    newest = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(model, (x,), str(folder / "model.onnx"), opset_version=17, input_names=["input"], output_names=["output"],
                      dynamic_axes={"input": {0: "N"}, "output": {0: "N"}}, **newest)
    return [x.numpy()]


if __name__ == "__main__":
    export_case.main("torchscript", __doc__, SMALL, LARGE, write)
