"""Models whose batch the file fixes: recurrent.onnx has it on the second axis, two.onnx in two inputs, reshaped.onnx in a Reshape too;
and the gradient quotient of model.onnx with a batch of 8, by PyTorch in double precision."""
import numpy as np
import onnx
import torch
from onnx import TensorProto as T, helper as h, numpy_helper as nh

rng = np.random.default_rng(13)
f32 = lambda *shape: rng.standard_normal(shape).astype(np.float32)

def gq(loss, weights, eps=1e-5):
    w = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in weights]
    g = torch.autograd.grad(loss(*w), w, create_graph=True)
    hg = torch.autograd.grad(g, w, [x.detach() for x in g])
    g, hg = (torch.cat([x.detach().flatten() for x in t]) for t in (g, hg))
    e = torch.where(g >= 0, eps, -eps)
    return ((hg + e) / (g + e)).abs().mean().item()


value = h.make_tensor_value_info


def save(name, nodes, inputs, output, tensors):
    graph = h.make_graph(nodes, "g", inputs, [value("y", T.FLOAT, output)], [nh.from_array(np.asarray(v), k) for k, v in tensors.items()])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, name)


W = f32(4, 3)
save("two.onnx", [h.make_node("Add", ["a", "b"], ["s"]), h.make_node("MatMul", ["s", "W"], ["y"])], [value("a", T.FLOAT, [1, 4]), value("b", T.FLOAT, [1, 4])], [1, 3], {"W": W})
save("reshaped.onnx", [h.make_node("Reshape", ["x", "shape"], ["r"]), h.make_node("MatMul", ["r", "W"], ["y"])], [value("x", T.FLOAT, [1, 2, 2])], [1, 3],
     {"W": W, "shape": np.array([1, 4])})
save("recurrent.onnx", [h.make_node("RNN", ["x", "Wi", "R"], ["", "last"], hidden_size=3), h.make_node("Squeeze", ["last", "zero"], ["h"]), h.make_node("MatMul", ["h", "V"], ["y"])],
     [value("x", T.FLOAT, [5, 1, 4])], [1, 3], {"Wi": f32(1, 3, 4), "R": f32(1, 3, 3), "V": f32(3, 3), "zero": np.array([0])})

w = {t.name: nh.to_array(t) for t in onnx.load("model.onnx").graph.initializer}
x, classes = f32(8, 4), rng.integers(0, 3, 8)
np.save("x.npy", x), np.save("classes.npy", classes)
d = torch.tensor(x, dtype=torch.float64)
print(gq(lambda a, b: torch.nn.functional.cross_entropy(torch.relu(d @ a) @ b, torch.tensor(classes)), [w["W1"], w["W2"]]))
