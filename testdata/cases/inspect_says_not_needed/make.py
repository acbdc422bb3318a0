"""Tensors that the output needs, or does not, as numbers.

    python3 make.py

model.onnx   given: the output is proportional to a scalar
resize.onnx  the scales of a Resize, a scalar [1 1 1], and two tensors that no output needs, one of them a scalar

No figures: script/case_inspect_says_not_needed.txtar asks for the reasons of roles.
"""
import sys

import numpy as np

sys.path.insert(0, "..")
from models import node, save, value


def line(*shape):
    """Numbers from -1 to 1."""
    return np.linspace(-1, 1, np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)


save("resize", [node("Resize", ["x", "", "scales"], ["r"]), node("Mul", ["r", "half"], ["m"]), node("MatMul", ["m", "w"], ["y"])],
     [value("x", ["N", 2, 2])], [value("y", ["N", 2, 3])],
     {"w": line(4, 3), "scales": np.float32([1, 1, 2]), "half": np.float32([[[0.5]]]), "lost": line(2, 2), "lost_scalar": np.float32(3)})
