"""The batch is free in the input, and an operator is made for 1.

    python3 make.py

model.onnx  given: Reshape to [1 16]
flat.onnx   Reshape to [1 -1], so that the MatMul behind it does not fit
wrong.onnx  Reshape and MatMul that fit no batch

No figures: script/case_batch_baked_in.txtar asks for messages.
"""
import sys

import numpy as np

sys.path.insert(0, "..")
from models import node, normal, save, value

rng = np.random.default_rng(13)


def write(name, shape, rows):
    save(name, [
        node("Conv", ["x", "Wc"], ["c"], kernel_shape=[3, 3]), node("Reshape", ["c", "shp"], ["f"]), node("MatMul", ["f", "Wf"], ["y"]),
    ], [value("x", ["batch", 2, 4, 4])], [value("y", ["batch", 3])],
        {"Wc": normal(rng, 4, 2, 3, 3), "shp": shape, "Wf": normal(rng, rows, 3)})


write("flat", [1, -1], 16)
write("wrong", [-1, 16], 15)
