"""Models with lengths and masks, and their gradient quotients by PyTorch in double precision with full lengths and open masks."""
import numpy as np
import onnx
import torch
from onnx import TensorProto as T, helper as h, numpy_helper as nh

rng = np.random.default_rng(11)
f32 = lambda *shape: rng.standard_normal(shape).astype(np.float32)
B, S, D = 3, 6, 4


def save(name, nodes, inputs, tensors):
    graph = h.make_graph(nodes, "g", [h.make_tensor_value_info(*i) for i in inputs], [h.make_tensor_value_info("y", T.FLOAT, ["b", 3])],
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


x, y = f32(B, S, D), rng.integers(0, 3, B)
W1, W2 = f32(D, 5), f32(5, 3)
np.save("x.npy", x), np.save("classes.npy", y)
x64, target, ce = torch.tensor(x, dtype=torch.float64), torch.tensor(y), torch.nn.functional.cross_entropy

# The mean over the frames within the lengths, whose unit is half a frame.
places = [h.make_node("Div", ["lengths", "two"], ["frames"]), h.make_node("Unsqueeze", ["frames", "one"], ["l"]), h.make_node("Less", ["places", "l"], ["within"]),
          h.make_node("Cast", ["within"], ["f"], to=T.FLOAT), h.make_node("Unsqueeze", ["f", "last"], ["m"])]
mean = [h.make_node("MatMul", ["x", "W1"], ["h"]), h.make_node("Tanh", ["h"], ["t"]), h.make_node("Mul", ["t", "m"], ["tm"]),
        h.make_node("ReduceSum", ["tm", "one"], ["sum"], keepdims=0), h.make_node("ReduceSum", ["m", "one"], ["count"], keepdims=0),
        h.make_node("Div", ["sum", "count"], ["mean"]), h.make_node("MatMul", ["mean", "W2"], ["y"])]
save("lengths.onnx", places + mean, [("x", T.FLOAT, ["b", S, D]), ("lengths", T.INT64, ["b"])],
     {"W1": W1, "W2": W2, "two": np.int64(2), "one": np.array([1]), "last": np.array([2]), "places": np.arange(S)})
np.save("lengths12.npy", np.full(B, 2 * S))
print("lengths", gq(lambda a, b: ce(torch.tanh(x64 @ a).mean(1) @ b, target), [W1, W2]))

# Attention of the frames to each other, with one mask that is float and opens, one that is int32 and closes, and one of truth values that closes.
attention = [h.make_node("MatMul", ["x", "W1"], ["h"]), h.make_node("Transpose", ["h"], ["k"], perm=[0, 2, 1]), h.make_node("MatMul", ["h", "k"], ["s"])]
attended = [h.make_node("Softmax", ["masked"], ["p"]), h.make_node("MatMul", ["p", "h"], ["o"]), h.make_node("ReduceMean", ["o"], ["mean"], axes=[1], keepdims=0),
            h.make_node("MatMul", ["mean", "W2"], ["y"])]
tensors = {"W1": W1, "W2": W2, "one": np.array([1])}
add = [h.make_node("Unsqueeze", ["bias", "one"], ["row"]), h.make_node("Add", ["s", "row"], ["masked"])]
save("float_mask.onnx", attention + [h.make_node("Sub", ["1", "attention_mask"], ["closed"]), h.make_node("Mul", ["closed", "low"], ["bias"])] + add + attended,
     [("x", T.FLOAT, ["b", S, D]), ("attention_mask", T.FLOAT, ["b", S])], tensors | {"1": np.float32(1), "low": np.float32(-1e4)})
save("closing_mask.onnx", attention + [h.make_node("Cast", ["padding"], ["f"], to=T.FLOAT), h.make_node("Mul", ["f", "low"], ["bias"])] + add + attended,
     [("x", T.FLOAT, ["b", S, D]), ("padding", T.INT32, ["b", S])], tensors | {"low": np.float32(-1e9)})
save("truth_mask.onnx", attention + [h.make_node("Unsqueeze", ["padding", "one"], ["row"]), h.make_node("Where", ["row", "low", "s"], ["masked"])] + attended,
     [("x", T.FLOAT, ["b", S, D]), ("padding", T.BOOL, ["b", S])], tensors | {"low": np.float32(-np.inf)})


def attend(a, b):
    hidden = x64 @ a
    return ce((torch.softmax(hidden @ hidden.transpose(1, 2), -1) @ hidden).mean(1) @ b, target)


print("masks", gq(attend, [W1, W2]))

# Samples of sound.
save("sound.onnx", [h.make_node("Cast", ["sound"], ["f"], to=T.FLOAT), h.make_node("Div", ["f", "scale"], ["g"]), h.make_node("MatMul", ["g", "W1"], ["h"]),
                    h.make_node("Tanh", ["h"], ["t"]), h.make_node("MatMul", ["t", "W2"], ["y"])],
     [("sound", T.INT16, ["b", D])], {"W1": W1, "W2": W2, "scale": np.float32(32768)})
