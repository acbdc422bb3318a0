"""Models of which an operator is made for a batch of 1, although the input leaves it free: flat.onnx flattens to one row; wrong.onnx
fits no batch."""
import numpy as np
import onnx
from onnx import TensorProto as T, helper as h, numpy_helper as nh

rng = np.random.default_rng(13)
f32 = lambda *shape: rng.standard_normal(shape).astype(np.float32)


def save(name, shape, rows):
    value = h.make_tensor_value_info
    nodes = [h.make_node("Conv", ["x", "Wc"], ["c"], kernel_shape=[3, 3]), h.make_node("Reshape", ["c", "shp"], ["f"]), h.make_node("MatMul", ["f", "Wf"], ["y"])]
    tensors = {"Wc": f32(4, 2, 3, 3), "shp": np.array(shape), "Wf": f32(rows, 3)}
    graph = h.make_graph(nodes, "g", [value("x", T.FLOAT, ["batch", 2, 4, 4])], [value("y", T.FLOAT, ["batch", 3])], [nh.from_array(v, k) for k, v in tensors.items()])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, name)


save("flat.onnx", [1, -1], 16)
save("wrong.onnx", [-1, 16], 15)
