#!/usr/bin/env python3
"""Export models of PaddlePaddle by paddle2onnx, the batch free.

    python3 export_paddle2onnx.py OUTDIR [--small] [NAME...]

Needs paddlepaddle, paddle2onnx, onnxruntime.
"""
import dataclasses
import typing

import numpy
import paddle
from paddle import nn
from paddle.vision import models

import export_case


@dataclasses.dataclass
class Case:
    build: typing.Callable[[], nn.Layer]
    shape: tuple  # without the batch
    ids: int = 0  # of token ids; 0: the input is of floats


def mlp(*sizes):
    list = [layer for a, b in zip(sizes, sizes[1:]) for layer in (nn.Linear(a, b), nn.GELU())]
    return nn.Sequential(*list[:-1], nn.Softmax())


class Residual(nn.Layer):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2D(width, width, 3, padding=1, groups=width), nn.BatchNorm2D(width), nn.Hardswish(), nn.Conv2D(width, width, 1))

    def forward(self, x):
        return x + self.body(x)


def convnet(width, classes):
    return nn.Sequential(
        nn.Conv2D(3, width, 3, stride=2, padding=1), nn.BatchNorm2D(width), nn.ReLU(), Residual(width), nn.MaxPool2D(2), nn.GroupNorm(2, width),
        nn.Conv2DTranspose(width, width, 2, stride=2), nn.LeakyReLU(), nn.AdaptiveAvgPool2D(1), nn.Flatten(), nn.Linear(width, classes))


class Recurrent(nn.Layer):
    """LSTM in both directions, then GRU."""

    def __init__(self, features, width, classes):
        super().__init__()
        self.lstm, self.gru = nn.LSTM(features, width, direction="bidirect"), nn.GRU(2 * width, width)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.gru(self.lstm(x)[0])[1][-1])


class Transformer(nn.Layer):
    def __init__(self, tokens, width, heads, depth, classes):
        super().__init__()
        self.embed, self.head = nn.Embedding(tokens, width), nn.Linear(width, classes)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(width, heads, 2 * width, 0.0, "gelu"), depth)

    def forward(self, ids):
        return self.head(self.encoder(self.embed(ids)).mean(1))


class UNet(nn.Layer):
    def __init__(self, width, classes):
        super().__init__()
        self.down, self.bottom = nn.Conv2D(3, width, 3, padding=1), nn.Conv2D(width, 2 * width, 3, padding=1)
        self.head = nn.Conv2D(3 * width, classes, 1)

    def forward(self, x):
        down = nn.functional.relu(self.down(x))
        bottom = nn.functional.silu(self.bottom(nn.functional.avg_pool2d(down, 2)))
        up = nn.functional.interpolate(bottom, down.shape[2:], mode="bilinear")  # by sizes: scale factors cannot be exported
        return self.head(paddle.concat([down, up], 1))


SMALL = {
    "mlp": Case(lambda: mlp(10, 16, 12, 4), (10,)),
    "convnet": Case(lambda: convnet(8, 5), (3, 16, 16)),
    "recurrent": Case(lambda: Recurrent(6, 8, 5), (5, 6)),
    "transformer": Case(lambda: Transformer(30, 16, 2, 1, 5), (6,), 30),
    "unet": Case(lambda: UNet(6, 3), (3, 8, 8)),
}

LARGE = {
    "resnet18": Case(lambda: models.resnet18(), (3, 64, 64)),
    "vgg11": Case(lambda: models.vgg11(), (3, 224, 224)),
    "mobilenet_v2": Case(lambda: models.mobilenet_v2(), (3, 64, 64)),
    "mobilenet_v3_small": Case(lambda: models.mobilenet_v3_small(), (3, 64, 64)),
    "densenet121": Case(lambda: models.densenet121(), (3, 64, 64)),
    "shufflenet_v2": Case(lambda: models.shufflenet_v2_x1_0(), (3, 64, 64)),
    "squeezenet1_1": Case(lambda: models.squeezenet1_1(), (3, 64, 64)),
    "recurrent": Case(lambda: Recurrent(32, 64, 10), (20, 32)),
    "transformer": Case(lambda: Transformer(1000, 128, 4, 4, 10), (32,), 1000),
}


def write(folder, case):
    paddle.seed(0)
    model = case.build()
    model.eval()
    spec = paddle.static.InputSpec([None, *case.shape], "int64" if case.ids else "float32", "input")
    paddle.onnx.export(model, str(folder / "model"), [spec], opset_version=17)
    rng, shape = numpy.random.default_rng(0), (2, *case.shape)
    return [rng.integers(0, case.ids, shape) if case.ids else rng.normal(size=shape).astype(numpy.float32)]


if __name__ == "__main__":
    export_case.main("paddle2onnx", __doc__, SMALL, LARGE, write)
