"""The output could be class logits by its shape, and is none.

    python3 make.py

model.onnx           given: a convolution, from an image to one of its shape
style.onnx           the same with Tanh
autoencoder.onnx     the same with Sigmoid
enlarged.onnx        a second convolution behind style's, whose channels DepthToSpace makes pixels of
regressor.onnx       one number for a batch of 1
regressor_free.onnx  the same, the batch free
loss.onnx            a mean over the batch, [1]
x.npy, y.npy         images and their targets
large.npy            targets of twice the size

Prints what PyTorch computes; script/case_image_to_image.txtar expects it.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, "..")
from models import node, normal, save, save_arrays, value, weights
from torch_quotient import double, show

w = {"Wc": weights("model.onnx")["Wc"]}
rng = np.random.default_rng(5)
x, y = normal(rng, 2, 3, 8, 8), normal(rng, 2, 3, 8, 8)
save_arrays(x=x, y=y)
image = ["b", 3, 8, 8]
for name, operator in [("style", "Tanh"), ("autoencoder", "Sigmoid")]:
    save(name, [node("Conv", ["x", "Wc"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]), node(operator, ["c"], ["y"])],
         [value("x", image)], [value("y", image)], w)

head = {"W": normal(rng, 4, 1), "axes": [1]}
line = [node("MatMul", ["x", "W"], ["z"]), node("Squeeze", ["z", "axes"], ["y"])]
save("regressor", line, [value("x", [1, 4])], [value("y", [1])], head)
save("regressor_free", line, [value("x", ["b", 4])], [value("y", ["b"])], head)
save("loss", [node("MatMul", ["x", "W"], ["z"]), node("ReduceMean", ["z"], ["m"], keepdims=0), node("Reshape", ["m", "axes"], ["y"])],
     [value("x", ["b", 4])], [value("y", [1])], head)

more = np.random.default_rng(6)
both = w | {"We": normal(more, 12, 3, 1, 1)}
large = normal(more, 2, 3, 16, 16)
save_arrays(large=large)
save("enlarged", [
    node("Conv", ["x", "Wc"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]), node("Tanh", ["c"], ["t"]), node("Conv", ["t", "We"], ["z"]),
    node("DepthToSpace", ["z"], ["y"], blocksize=2, mode="CRD"),
], [value("x", image)], [value("y", ["b", 3, 16, 16])], both)

show("model", lambda p: F.mse_loss(F.conv2d(double(x), p["Wc"], padding=1), double(y)), w)
show("style", lambda p: F.mse_loss(torch.tanh(F.conv2d(double(x), p["Wc"], padding=1)), double(y)), w)


def enlarged(p):
    t = torch.tanh(F.conv2d(double(x), p["Wc"], padding=1))
    return F.mse_loss(F.pixel_shuffle(F.conv2d(t, p["We"]), 2), double(large))


show("enlarged", enlarged, both)
