"""Models whose gradients end at an operator without a derivative, and for those that are quantized what they are without.

    python3 make.py

writes all files of this folder but model.onnx, and prints the loss and the gradient quotient (PyTorch, float64) of the
network that is left when the pairs of QuantizeLinear and DequantizeLinear are taken out.
"""
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(7)
W1 = (rng.standard_normal((4, 6)) * 0.5).astype(np.float32)
W2 = (rng.standard_normal((6, 3)) * 0.5).astype(np.float32)
B2 = (rng.standard_normal(3) * 0.5).astype(np.float32)
node = helper.make_node


def save(name, nodes, tensors, x=("b", 4)):
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("b", 3))],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in tensors.items()])
    m = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    onnx.checker.check_model(m, full_check=True)
    onnx.save(m, name)


def quotient(name, w1, w2, b2=None, eps=1e-5):
    """GQ of cross-entropy of relu(x w1) w2 (+ b2), by double reverse mode."""
    theta = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (w1, w2, b2) if v is not None]
    out = torch.relu(torch.tensor(x, dtype=torch.float64) @ theta[0]) @ theta[1]
    if b2 is not None:
        out = out + theta[2]
    loss = torch.nn.functional.cross_entropy(out, torch.tensor(target))
    g = torch.autograd.grad(loss, theta, create_graph=True)
    p = torch.autograd.grad(g, theta, [v.detach() for v in g])
    q = [((b + eps * torch.where(a >= 0, 1.0, -1.0)) / (a + eps * torch.where(a >= 0, 1.0, -1.0))).abs().sum() for a, b in zip(g, p)]
    print(f"{name}: loss {loss.item():.10g}, gq {(sum(q) / sum(v.numel() for v in theta)).item():.10g}")


def pair(of, scale, zero, **axis):
    return [node("QuantizeLinear", [of, scale, zero], [of + "_q"], **axis),
            node("DequantizeLinear", [of + "_q", scale, zero], [of + "_d"], **axis)]


x = rng.standard_normal((8, 4)).astype(np.float32)
target = rng.integers(0, 3, 8)
np.save("x.npy", x)
np.save("target.npy", target)
source = {t.name: numpy_helper.to_array(t) for t in onnx.load("model.onnx").graph.initializer}
quotient("model.onnx", source["W1"], source["W2"])

# Only weights and input are quantized: the scales of W1 are the one tensor that a differentiable path leads from.
small = {"sx": np.float32(0.05), "zx": np.int8(0), "sw": np.full(6, 0.01, np.float32), "zw": np.zeros(6, np.int8)}
save("weights_and_input.onnx",
     pair("x", "sx", "zx") + pair("W1", "sw", "zw", axis=1) + pair("W2", "sx", "zx") +
     [node("MatMul", ["x_d", "W1_d"], ["h"]), node("Relu", ["h"], ["hr"]), node("MatMul", ["hr", "W2_d"], ["y"])],
     {"W1": W1, "W2": W2, **small})
quotient("weights_and_input.onnx", W1, W2)

# What exporters put between the two: Clip, conversions, moves; a zero point that is not zero; scales that are found at run
# time. Of the parameters the gradient reaches the bias alone.
save("between.onnx",
     [node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]), node("DequantizeLinear", ["xq", "xs", "xz"], ["x_d"]),
      node("QuantizeLinear", ["W1", "sw", "zw"], ["W1_q"], axis=1), node("Clip", ["W1_q", "lo", "hi"], ["W1_c"]),
      node("DequantizeLinear", ["W1_c", "sw", "zw"], ["W1_d"], axis=1),
      node("MatMul", ["x_d", "W1_d"], ["h"]), node("Relu", ["h"], ["hr"]),
      node("QuantizeLinear", ["hr", "sh", "zh"], ["hr_q"]), node("Cast", ["hr_q"], ["hr_i"], to=TensorProto.INT32),
      node("Cast", ["hr_i"], ["hr_u"], to=TensorProto.UINT8), node("DequantizeLinear", ["hr_u", "sh", "zh"], ["hr_d"]),
      node("QuantizeLinear", ["V2", "sx", "zx"], ["V2_q"]), node("Transpose", ["V2_q"], ["V2_t"], perm=[1, 0]),
      node("DequantizeLinear", ["V2_t", "sx"], ["V2_d"]),
      node("MatMul", ["hr_d", "V2_d"], ["s"]), node("Add", ["s", "B2"], ["y"])],
     {"W1": W1, "V2": W2.T.copy(), "B2": B2, **small, "lo": np.int8(-127), "hi": np.int8(127), "sh": np.float32(0.1), "zh": np.uint8(3)})
quotient("between.onnx", W1, W2, B2)

# A layer that is quantized when it runs: the scale, a difference of two elements, has a derivative.
save("dynamic.onnx",
     [node("MatMul", ["x", "W1"], ["h"]), node("Relu", ["h"], ["hr"]), node("DynamicQuantizeLinear", ["hr"], ["q", "qs", "qz"], "steps"),
      node("DequantizeLinear", ["q", "qs", "qz"], ["d"]), node("MatMul", ["d", "W2"], ["y"])],
     {"W1": W1, "W2": W2})

# Two scales: no identity.
save("rescaled.onnx",
     [node("QuantizeLinear", ["W1", "sx", "zx"], ["q"], "round_w1"), node("DequantizeLinear", ["q", "s2", "zx"], ["d"]),
      node("MatMul", ["x", "d"], ["y"])],
     {"W1": W1[:, :3].copy(), "sx": np.float32(0.05), "s2": np.float32(0.1), "zx": np.int8(0)})

# The weights are whole numbers in the file.
save("whole_numbers.onnx",
     [node("DequantizeLinear", ["W1", "sx", "zx"], ["d"]), node("MatMul", ["x", "d"], ["y"])],
     {"W1": np.round(W1[:, :3] * 20).astype(np.int8), "sx": np.float32(0.05), "zx": np.int8(0)})

# Other operators without a derivative: in front of a weight, and in the net behind a first layer (spiking; by the class).
save("round.onnx",
     [node("Mul", ["W1", "ten"], ["m"]), node("Round", ["m"], ["r"], "to_steps"), node("Div", ["r", "ten"], ["d"]),
      node("MatMul", ["x", "d"], ["h"]), node("LeakyRelu", ["h"], ["hr"]), node("MatMul", ["hr", "W2"], ["y"])],
     {"W1": W1, "W2": W2, "ten": np.float32(10)})
save("sign.onnx",
     [node("Sign", ["W1"], ["s1"]), node("Sign", ["W2"], ["s2"]), node("MatMul", ["x", "s1"], ["h"]), node("MatMul", ["h", "s2"], ["y"])],
     {"W1": W1, "W2": W2})
save("spiking.onnx",
     [node("MatMul", ["x", "W1"], ["u"]), node("Greater", ["u", "threshold"], ["fires"], "fire"),
      node("Cast", ["fires"], ["spikes"], to=TensorProto.FLOAT), node("MatMul", ["spikes", "W2"], ["y"])],
     {"W1": W1, "W2": W2, "threshold": np.float32(0.3)})
save("whole_activations.onnx",
     [node("MatMul", ["x", "W1"], ["u"]), node("Cast", ["u"], ["i"], "cut", to=TensorProto.INT32),
      node("Cast", ["i"], ["f"], to=TensorProto.FLOAT), node("MatMul", ["f", "W2"], ["y"])],
     {"W1": W1, "W2": W2})
save("by_class.onnx",
     [node("MatMul", ["x", "W1"], ["u"]), node("ArgMax", ["u"], ["k"], "choose", axis=1, keepdims=0), node("Gather", ["table", "k"], ["y"])],
     {"W1": W1, "table": W2})
