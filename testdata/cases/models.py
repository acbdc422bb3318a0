"""What each make.py writes its files with: small ONNX models, and arrays. Needs numpy and onnx."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BOOL, FLOAT, INT16, INT32, INT64, UINT8 = (
    TensorProto.BOOL, TensorProto.FLOAT, TensorProto.INT16, TensorProto.INT32, TensorProto.INT64, TensorProto.UINT8)
node = helper.make_node


def value(name, shape, dtype=FLOAT):
    """An input or output: sizes are numbers or names of free axes; no shape at all where it is None."""
    return helper.make_tensor_value_info(name, dtype, shape)


def stored(name, array):
    """An initializer: an array of numpy, a tensor of PyTorch, or a list of whole numbers."""
    return numpy_helper.from_array(np.asarray(array), name)


def save(name, nodes, inputs, outputs, tensors, opset=17, ir_version=8, graph="g", check=True):
    """Writes NAME.onnx; tensors are the initializers by name. Opset 0 writes no import of operators; check=False allows what the
    standard does not."""
    g = helper.make_graph(nodes, graph, inputs, outputs, [stored(n, a) for n, a in tensors.items()])
    model = helper.make_model(g, opset_imports=[helper.make_opsetid("", opset)] if opset else [], ir_version=ir_version)
    if check:
        onnx.checker.check_model(model)
    onnx.save(model, f"{name}.onnx")


def weights(path):
    """The initializers of a model by name."""
    return {t.name: numpy_helper.to_array(t).copy() for t in onnx.load(path).graph.initializer}


def normal(rng, *shape):
    """Normal float32 numbers of a generator of numpy."""
    return rng.standard_normal(shape).astype(np.float32)


def save_arrays(**arrays):
    """Writes NAME.npy for each."""
    for name, array in arrays.items():
        np.save(f"{name}.npy", np.asarray(array))
