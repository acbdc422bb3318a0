"""Models whose shapes depend on given data, and their gradient quotients by PyTorch in double precision."""
import numpy as np
import onnx
import torch
from onnx import TensorProto as T, helper as h, numpy_helper as nh

rng = np.random.default_rng(7)
f32 = lambda *shape: rng.standard_normal(shape).astype(np.float32)


def save(name, nodes, inputs, output, tensors):
    graph = h.make_graph(nodes, "g", [h.make_tensor_value_info(*i) for i in inputs], [h.make_tensor_value_info("y", T.FLOAT, output)],
                         [nh.from_array(np.asarray(v), k) for k, v in tensors.items()])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, name)


def gq(loss, weights, eps=1e-5):
    w = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in weights]
    g = torch.autograd.grad(loss(*w), w, create_graph=True)
    hg = torch.autograd.grad(g, w, [x.detach() for x in g])
    g, hg = (torch.cat([x.detach().flatten() for x in t]) for t in (g, hg))
    e = torch.where(g >= 0, eps, -eps)
    return ((hg + e) / (g + e)).abs().mean().item()


t64 = lambda a: torch.tensor(np.asarray(a), dtype=torch.float64)
W1, W2 = f32(4, 5), f32(5, 3)

# Rows that a condition keeps; 100 of them.
x, keep, y = f32(100, 4), np.arange(100) % 3 == 0, rng.integers(0, 3, 34)
np.save("rows.npy", x), np.save("keep100.npy", keep), np.save("classes.npy", y)
save("compress.onnx", [h.make_node("MatMul", ["x", "W1"], ["h"]), h.make_node("Tanh", ["h"], ["t"]), h.make_node("Compress", ["t", "keep"], ["k"], axis=0),
                       h.make_node("MatMul", ["k", "W2"], ["y"])],
     [("x", T.FLOAT, ["n", 4]), ("keep", T.BOOL, ["n"])], ["m", 3], {"W1": W1, "W2": W2})
ce = torch.nn.functional.cross_entropy
print("compress", gq(lambda a, b: ce((torch.tanh(t64(x) @ a))[torch.tensor(keep)] @ b, torch.tensor(y)), [W1, W2]))

# Padding taken out by the places where a mask of two axes is not 0, the mask being multiplied with too, in a differentiable path.
mask = (np.arange(6) < np.array([6, 2, 4, 1])[:, None]).astype(np.int64)
tokens, y = f32(4, 6, 4), rng.integers(0, 3, int(mask.sum()))
np.save("mask.npy", mask), np.save("tokens.npy", tokens), np.save("tags.npy", y)
save("unpad.onnx", [h.make_node("Reshape", ["attention_mask", "flat"], ["m"]), h.make_node("NonZero", ["m"], ["nz"]), h.make_node("Squeeze", ["nz", "zero"], ["at"]),
                    h.make_node("Cast", ["attention_mask"], ["f"], to=T.FLOAT), h.make_node("Unsqueeze", ["f", "last"], ["fu"]), h.make_node("Mul", ["x", "fu"], ["xm"]),
                    h.make_node("Reshape", ["xm", "rows"], ["r"]), h.make_node("Gather", ["r", "at"], ["k"], axis=0),
                    h.make_node("MatMul", ["k", "W1"], ["h"]), h.make_node("Tanh", ["h"], ["t"]), h.make_node("MatMul", ["t", "W2"], ["y"])],
     [("x", T.FLOAT, ["b", 6, 4]), ("attention_mask", T.INT64, ["b", 6])], ["m", 3],
     {"W1": W1, "W2": W2, "flat": np.array([-1]), "zero": np.array([0]), "last": np.array([2]), "rows": np.array([-1, 4])})
kept = t64(tokens.reshape(-1, 4)[mask.flatten() != 0])
print("unpad", gq(lambda a, b: ce(torch.tanh(kept @ a) @ b, torch.tensor(y)), [W1, W2]))

# An image enlarged by scales, which are floats.
image, filters, y = f32(2, 1, 3, 3), f32(2, 1, 2, 2), f32(2, 2, 5, 5)
np.save("scales.npy", np.array([1, 1, 2, 2], np.float32)), np.save("small.npy", image), np.save("large.npy", y)
save("resize.onnx", [h.make_node("Resize", ["x", "", "scales"], ["r"], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
                     h.make_node("Tanh", ["r"], ["t"]), h.make_node("Conv", ["t", "W"], ["c"]), h.make_node("Tanh", ["c"], ["y"])],
     [("x", T.FLOAT, ["b", 1, 3, 3]), ("scales", T.FLOAT, [4])], ["b", 2, "h", "w"], {"W": filters})
big = torch.nn.functional.interpolate(t64(image), scale_factor=2, mode="nearest")
print("resize", gq(lambda w: ((torch.tanh(torch.nn.functional.conv2d(torch.tanh(big), w)) - t64(y)) ** 2).mean(), [filters]))

# As many steps as a float of no axes and a table of two say: floor(0.7 · 10 + max of the table).
y = f32(10, 5)
np.save("ratio.npy", np.float32(0.7)), np.save("table.npy", np.array([[1, 3], [2, 0]], np.int32)), np.save("wanted.npy", y)
save("crop.onnx", [h.make_node("Mul", ["ratio", "ten"], ["r"]), h.make_node("ReduceMax", ["table"], ["m"], keepdims=0), h.make_node("Cast", ["m"], ["mf"], to=T.FLOAT),
                   h.make_node("Add", ["r", "mf"], ["s"]), h.make_node("Floor", ["s"], ["fl"]), h.make_node("Cast", ["fl"], ["i"], to=T.INT64),
                   h.make_node("Unsqueeze", ["i", "zero"], ["end"]), h.make_node("Slice", ["x", "zero", "end"], ["c"]),
                   h.make_node("MatMul", ["c", "W1"], ["hh"]), h.make_node("Tanh", ["hh"], ["y"])],
     [("x", T.FLOAT, [100, 4]), ("ratio", T.FLOAT, []), ("table", T.INT32, [2, 2])], ["m", 5], {"W1": W1, "ten": np.float32(10), "zero": np.array([0])})
print("crop", gq(lambda a: ((torch.tanh(t64(x)[:10] @ a) - t64(y)) ** 2).mean(), [W1]))

# The graph network of model.onnx.
m = onnx.load("model.onnx")
w = {t.name: nh.to_array(t) for t in m.graph.initializer}
edges, nodes, y = np.load("edge_index.npy"), np.load("x.npy"), rng.integers(0, 3, 6)
np.save("labels.npy", y)


def graph(a, b):
    n = int(edges.max()) + 1
    return ce(torch.zeros(n, 5, dtype=torch.float64).index_add(0, torch.tensor(edges[1]), (t64(nodes) @ a)[torch.tensor(edges[0])]) @ b, torch.tensor(y))


print("model", gq(graph, [w["W1"], w["W2"]]))
