"""The gradient quotient of model.onnx with an empty past and with one of 3, and a model whose sizes are products and quotients, by
PyTorch in double precision."""
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


w = {t.name: nh.to_array(t) for t in onnx.load("model.onnx").graph.initializer}
weights = [w[name] for name in ("emb", "Wq", "Wk", "Wo")]
ids, labels, past3 = rng.integers(0, 10, (2, 5)), rng.integers(0, 10, (2, 5)), f32(2, 3, 4)
np.save("ids.npy", ids), np.save("labels.npy", labels), np.save("past3.npy", past3)
ce = torch.nn.functional.cross_entropy


def decode(past):
    def loss(emb, wq, wk, wo):
        e = emb[torch.tensor(ids)]
        k = torch.cat([torch.tensor(past, dtype=torch.float64), e @ wk], 1)
        logits = torch.softmax(e @ wq @ k.transpose(1, 2), -1) @ k @ wo
        return ce(logits.flatten(0, 1), torch.tensor(labels).flatten())

    return loss


print("empty", gq(decode(np.zeros((2, 0, 4))), weights), "past of 3", gq(decode(past3), weights))

# Heads in the batch, twice as many places as the sequence has, half as many beside.
W = f32(4, 3)
value = h.make_tensor_value_info
inputs = [value("x", T.FLOAT, ["batch", "seq", 4]), value("heads", T.FLOAT, ["batch*n_heads", "2*seq", 4]), value("halves", T.FLOAT, ["floor(seq/2)", "seq//2 + 1", 4])]
nodes = [h.make_node("ReduceSum", [name], [name + "_sum"], keepdims=0) for name in ("heads", "halves")]
nodes += [h.make_node("Add", ["x", "heads_sum"], ["a"]), h.make_node("Add", ["a", "halves_sum"], ["b"]), h.make_node("MatMul", ["b", "W"], ["y"])]
model = h.make_model(h.make_graph(nodes, "g", inputs, [value("y", T.FLOAT, ["batch", "seq", 3])], [nh.from_array(W, "W")]), opset_imports=[h.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, "products.onnx")
