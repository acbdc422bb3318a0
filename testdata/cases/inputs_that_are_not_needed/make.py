"""Models with inputs that the wanted output does not need: text is in model.onnx; a sequence, a free size, an unknown rank; and
the gradient quotient of what is needed by PyTorch in double precision."""
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


def save(name, nodes, inputs, outputs, tensors):
    graph = h.make_graph(nodes, "g", inputs, outputs, [nh.from_array(np.asarray(v), k) for k, v in tensors.items()])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    if name != "rank.onnx":  # no shape is no error for runtimes
        onnx.checker.check_model(model)
    onnx.save(model, name)


weights = {t.name: nh.to_array(t) for t in onnx.load("model.onnx").graph.initializer}
network = [h.make_node("MatMul", ["x", "W1"], ["h0"]), h.make_node("Relu", ["h0"], ["h"]), h.make_node("MatMul", ["h", "W2"], ["y"])]
value = h.make_tensor_value_info
x, y = value("x", T.FLOAT, ["b", 4]), value("y", T.FLOAT, ["b", 3])

save("sequence.onnx", network + [h.make_node("SequenceLength", ["seq"], ["n"])], [x, h.make_tensor_sequence_value_info("seq", T.FLOAT, ["k"])],
     [y, value("n", T.INT64, [])], weights)
save("free.onnx", network + [h.make_node("Relu", ["tok"], ["side"])], [value("tok", T.FLOAT, ["b", "seq"]), x], [value("side", T.FLOAT, ["b", "seq"]), y], weights)
save("rank.onnx", network + [h.make_node("Relu", ["unk"], ["side"])], [value("unk", T.FLOAT, None), x], [value("side", T.FLOAT, ["k"]), y], weights)

data, classes = f32(8, 4), rng.integers(0, 3, 8)
np.save("x.npy", data), np.save("classes.npy", classes)
d = torch.tensor(data, dtype=torch.float64)
print(gq(lambda a, b: torch.nn.functional.cross_entropy(torch.relu(d @ a) @ b, torch.tensor(classes)), [weights["W1"], weights["W2"]]))
