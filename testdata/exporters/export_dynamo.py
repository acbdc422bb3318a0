#!/usr/bin/env python3
"""Export torchvision models, and some of torch_models.py, by PyTorch's newest exporter, torch.onnx.export(dynamo=True), the batch free.

Those of torch_models.py are exported with optimize=False, which leaves the weights under their names and tied.

    python3 export_dynamo.py OUTDIR [--small] [NAME...]

Needs torch and torchvision of at least 2.9, onnxscript, onnx, onnxruntime.
"""
import torch

import export_case
import torch_models
import torch_reference
import torchvision_models

OTHERS = {name: torch_models.CASES[name] for name in ("unet", "causal_lm", "bilstm", "gru", "two_inputs")}


def write(folder, case):
    if isinstance(case, torch_models.Case):
        model, inputs, names = torch_reference.build(case), torch_reference.draw_inputs(case), list(case.inputs)
    else:
        model, x = torchvision_models.seeded(case)
        inputs, names = [x], ["input"]
    batch = {0: torch.export.Dim.DYNAMIC}
    program = torch.onnx.export(model, tuple(inputs), dynamo=True, input_names=names, output_names=["output"],
                                dynamic_shapes=(batch,) * len(inputs), optimize=not isinstance(case, torch_models.Case))
    program.save(str(folder / "model.onnx"), external_data=False)
    return [x.numpy() for x in inputs]


if __name__ == "__main__":
    export_case.main("dynamo", __doc__, torchvision_models.SMALL | OTHERS, torchvision_models.LARGE, write)
