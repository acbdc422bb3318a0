"""Tables and masks that nobody trains.

    python3 make.py

model.onnx         given: a mask of 0 and -100 before a softmax
pruned.onnx        masks of 0 and 1 that multiply a weight and an activation
rotary.onnx        cos and sin of the operator RotaryEmbedding
rope.onnx          the same written out, with tables [1 L d]
frequencies.onnx   the same with frequencies that a product multiplies by the positions
sinusoids.onnx     a table of positions, sines and cosines in turn, which is added
swin.onnx          -inf and 0, in half precision, added before a softmax
x.npy, target.npy  a batch and its classes for all but model.onnx

Prints what PyTorch computes for them; script/case_constants_are_tuned.txtar expects it.
"""
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import FLOAT, node, save, save_arrays, value
from torch_quotient import double, show

torch.manual_seed(5)
B, L, D = 2, 6, 4
x, target = torch.randn(B, L, D), torch.randint(0, 3, (B, L))
save_arrays(x=x, target=target)
w, q, v = torch.randn(D, D) / 2, torch.randn(D, D) / 2, torch.randn(D, 3)
steps = 10000 ** (-torch.arange(D // 2).float() * 2 / D)
angles = torch.arange(L).float()[:, None] * steps
cos, sin = angles.cos(), angles.sin()


def write(name, nodes, tensors, opset=17):
    save(name, [node("MatMul", ["x", "w"], ["a"])] + nodes + [node("MatMul", ["t", "v"], ["y"])], [value("x", [B, L, D])],
         [value("y", [B, L, 3])], {"w": w, "v": v, **tensors}, opset, ir_version=10, graph=name)


def compute(name, inner, **more):
    show(name, lambda p: F.cross_entropy((inner(p, double(x) @ p["w"]) @ p["v"]).transpose(1, 2), target), {"w": w, "v": v, **more})


def turn(a, cos, sin):
    half = torch.cat([-a[..., D // 2:], a[..., :D // 2]], -1)
    return torch.tanh(a * torch.cat([cos, cos], -1) + half * torch.cat([sin, sin], -1))


kept, places = (torch.rand(D, D) < 0.7).float(), (torch.rand(L, D) < 0.6).float()
write("pruned", [
    node("Mul", ["q", "kept"], ["qk"]), node("MatMul", ["a", "qk"], ["b"]), node("Unsqueeze", ["places", "first"], ["p"]),
    node("Mul", ["b", "p"], ["c"]), node("Tanh", ["c"], ["t"])], {"q": q, "kept": kept, "places": places, "first": [0]})
compute("pruned", lambda p, a: torch.tanh(a @ (p["q"] * double(kept)) * double(places)), q=q)

write("rotary", [node("RotaryEmbedding", ["a", "cos", "sin"], ["r"], num_heads=1), node("Tanh", ["r"], ["t"])],
      {"cos": cos.expand(B, L, D // 2), "sin": sin.expand(B, L, D // 2)}, 23)
written_out = [
    node("Split", ["a"], ["a1", "a2"], axis=-1), node("Neg", ["a2"], ["a2n"]), node("Concat", ["a2n", "a1"], ["ah"], axis=-1),
    node("Mul", ["a", "cos"], ["ac"]), node("Mul", ["ah", "sin"], ["as"]), node("Add", ["ac", "as"], ["r"]), node("Tanh", ["r"], ["t"])]
write("rope", written_out, {"cos": torch.cat([cos, cos], -1)[None], "sin": torch.cat([sin, sin], -1)[None]})
compute("rotary, rope", lambda p, a: turn(a, double(cos), double(sin)))
write("frequencies", [
    node("MatMul", ["at", "inv_freq"], ["angles"]), node("Concat", ["angles", "angles"], ["two"], axis=-1), node("Cos", ["two"], ["cos"]),
    node("Sin", ["two"], ["sin"])] + written_out, {"inv_freq": steps[None], "at": torch.arange(L).float()[:, None]})
exact = torch.arange(L).double()[:, None] * double(steps)
compute("frequencies", lambda p, a: turn(a, exact.cos(), exact.sin()))

sinusoids = torch.stack([sin, cos], -1).reshape(1, L, D)
write("sinusoids", [node("Add", ["a", "table"], ["s"]), node("Tanh", ["s"], ["t"])], {"table": sinusoids})
compute("sinusoids", lambda p, a: torch.tanh(a + double(sinusoids)))

closed = torch.zeros(1, L, L, dtype=torch.float16)
closed[0, :3, 3:] = closed[0, 3:, :3] = -torch.inf
write("swin", [
    node("MatMul", ["a", "q"], ["k"]), node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]), node("MatMul", ["a", "kt"], ["s"]),
    node("Cast", ["mask"], ["m"], to=FLOAT), node("Add", ["s", "m"], ["sm"]), node("Softmax", ["sm"], ["p"], axis=-1),
    node("MatMul", ["p", "a"], ["t"])], {"q": q, "mask": closed})
compute("swin", lambda p, a: (a @ (a @ p["q"]).transpose(1, 2) + double(closed)).softmax(-1) @ a, q=q)
