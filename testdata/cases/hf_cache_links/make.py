#!/usr/bin/env python3
"""Writes inside.onnx, the model of blobs/ with its weights inside, and a batch; prints PyTorch's loss on it.

Needs numpy, onnx and torch.
"""
import pathlib
import shutil
import tempfile

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

HERE = pathlib.Path(__file__).parent
with tempfile.TemporaryDirectory() as folder:
    for blob in (HERE / "blobs").iterdir():
        shutil.copy(blob, pathlib.Path(folder, blob.name.removeprefix("sha_")))
    model = onnx.load(pathlib.Path(folder, "model.onnx"))
(HERE / "inside.onnx").write_bytes(model.SerializeToString())
rng = np.random.default_rng(3)
x, target = rng.standard_normal((6, 4)).astype(np.float32), rng.integers(0, 3, 6)
np.save(HERE / "x.npy", x)
np.save(HERE / "target.npy", target)
w1, w2 = (torch.tensor(numpy_helper.to_array(t).astype(np.float64)) for t in model.graph.initializer)
print("loss", F.cross_entropy(torch.relu(torch.tensor(x).double() @ w1) @ w2, torch.tensor(target)).item())
