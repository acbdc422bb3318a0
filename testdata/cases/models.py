"""What make.py in the cases' folders writes small models with. Needs onnx and numpy."""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def value(name, shape, dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def stored(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def save(path, nodes, inputs, outputs, tensors, opset=17):
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(model)
    pathlib.Path(path).write_bytes(model.SerializeToString())


def weights(path):
    """The float initializers of a model by name."""
    return {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
