#!/usr/bin/env python3
"""Do tuned weights find their way back into PyTorch?

    python3 round_trips_torch.py METAINIT [MODEL...]

From both exporters, by plain settings and by those that keep names; round_trip.py says what is compared. Needs torch, torchvision,
onnxscript, safetensors and onnxruntime.
"""
import warnings

import torch
from safetensors.torch import load_model, save_model

import round_trip
from round_trip_models import MODELS

warnings.filterwarnings("ignore")

EXPORTERS = {
    "dynamo": {"dynamo": True, "verbose": False},
    "dynamo, names kept": {"dynamo": True, "verbose": False, "optimize": False},
    "TorchScript": {"dynamo": False, "opset_version": 17},
    "TorchScript, names kept": {"dynamo": False, "opset_version": 17, "do_constant_folding": False, "training": torch.onnx.TrainingMode.PRESERVE},
}


def export(folder, name, exporter):
    make, x = MODELS[name]
    torch.manual_seed(7)
    module = make().eval()
    torch.onnx.export(module, (x,), folder / "model.onnx", input_names=["x"], output_names=["y"], **EXPORTERS[exporter])
    save_model(module, folder / "model.safetensors")

    def compute(state):
        load_model(module, state)
        with torch.no_grad():
            return module(x).numpy()

    return [x.numpy()], compute


if __name__ == "__main__":
    round_trip.main(__doc__, MODELS, EXPORTERS, export)
