"""The cache of the Hugging Face hub: links to blobs.

    python3 make.py

blobs              given: a model and its external data, under the names of the cache
inside.onnx        the same with its weights inside
x.npy, target.npy  a batch and its classes

Prints what PyTorch computes; script/case_hf_cache_links.txtar expects it.
"""
import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import normal, save_arrays, weights
from torch_quotient import double, show

model = onnx.load("blobs/sha_model.onnx", load_external_data=False)
for tensor in model.graph.initializer:
    for entry in tensor.external_data:
        if entry.key == "location":
            entry.value = "sha_" + entry.value
onnx.external_data_helper.load_external_data_for_model(model, "blobs")
onnx.save(model, "inside.onnx")

rng = np.random.default_rng(3)
x, target = normal(rng, 6, 4), rng.integers(0, 3, 6)
save_arrays(x=x, target=target)
show("model", lambda p: F.cross_entropy(torch.relu(double(x) @ p["W1"]) @ p["W2"], torch.tensor(target)), weights("inside.onnx"))
