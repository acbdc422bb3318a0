"""The small PyTorch models of testdata/models, one for each kind of network.

Every constant in a model is a short binary fraction (0.125, 2**-17), so that its float32 value in the export
is the float64 value of the computation here: references are good to the last digits.
"""
import dataclasses
import typing

import torch
import torch.nn as nn
import torch.nn.functional as F


EPSILON = 2.0 ** -17  # of every normalization


class Ending(nn.Module):
    """A body and its final activation; the loss is taken on what the body returns."""

    def __init__(self, body, final):
        super().__init__()
        self.body, self.final = body, final

    def forward(self, *inputs):
        return self.final(self.body(*inputs))


class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.layers(x)


class LayerNorm(nn.LayerNorm):
    """Written out except for the export: PyTorch's own is wrong from the third derivative on.

    Its double backward takes mean and rstd as saved values, through which nothing is differentiated again
    (seen in 1.13 against central differences).
    """

    def __init__(self, dim):
        super().__init__(dim, EPSILON)

    def forward(self, x):
        if torch.onnx.is_in_onnx_export():
            return super().forward(x)
        centred = x - x.mean(-1, keepdim=True)
        return centred / torch.sqrt((centred * centred).mean(-1, keepdim=True) + self.eps) * self.weight + self.bias


class UNet(nn.Module):
    """Two levels down by max pooling; up by a transposed convolution, then by nearest upsampling and a convolution."""

    def __init__(self, classes=3):
        super().__init__()
        def block(inner, outer):
            return nn.Sequential(nn.Conv2d(inner, outer, 3, padding=1), nn.ReLU())
        self.down1, self.down2, self.bottom = block(2, 6), block(6, 8), block(8, 12)
        self.up2 = nn.ConvTranspose2d(12, 8, 4, stride=2, padding=1)
        self.merge2 = block(16, 8)
        self.up1 = nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(8, 6, 3, padding=1))
        self.merge1 = block(12, 6)
        self.head = nn.Conv2d(6, classes, 1)

    def forward(self, x):
        d1 = self.down1(x)
        d2 = self.down2(F.max_pool2d(d1, 2))
        u2 = self.merge2(torch.cat([self.up2(self.bottom(F.max_pool2d(d2, 2))), d2], 1))
        return self.head(self.merge1(torch.cat([self.up1(u2), d1], 1)))


class Bilinear(nn.Module):
    """Fully convolutional: logits at a quarter of the size, enlarged by bilinear interpolation."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(8, 12, 3, stride=2, padding=1, groups=2), nn.ReLU(),
            nn.Conv2d(12, 4, 1))

    def forward(self, x):
        return F.interpolate(self.features(x), scale_factor=4, mode="bilinear", align_corners=False)


class DenseLayer(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        self.norm1, self.conv1 = nn.BatchNorm2d(channels, EPSILON), nn.Conv2d(channels, 2 * growth, 1, bias=False)
        self.norm2, self.conv2 = nn.BatchNorm2d(2 * growth, EPSILON), nn.Conv2d(2 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x):
        y = self.conv2(F.relu(self.norm2(self.conv1(F.relu(self.norm1(x))))))
        return torch.cat([x, y], 1)


def densenet(growth=6):
    def transition(inner, outer):
        return nn.Sequential(nn.BatchNorm2d(inner, EPSILON), nn.ReLU(), nn.Conv2d(inner, outer, 1, bias=False), nn.AvgPool2d(2))
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.AvgPool2d(3, 2, 1),
        DenseLayer(8, growth), DenseLayer(8 + growth, growth), transition(8 + 2 * growth, 10),
        DenseLayer(10, growth), DenseLayer(10 + growth, growth),
        nn.BatchNorm2d(10 + 2 * growth, EPSILON), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(10 + 2 * growth, 10))


def conv1d():
    """Strided and dilated convolutions over a sequence of 32."""
    return nn.Sequential(
        nn.Conv1d(4, 12, 5, padding=2), nn.Tanh(),
        nn.Conv1d(12, 16, 3, stride=2, padding=1), nn.Tanh(),
        nn.Conv1d(16, 16, 3, padding=2, dilation=2), nn.Tanh(), nn.AvgPool1d(2),
        nn.Conv1d(16, 16, 3, padding=4, dilation=4, groups=4), nn.Tanh(), nn.MaxPool1d(2),
        nn.Flatten(), nn.Linear(64, 6))


class InvertedResidual(nn.Module):
    """Expand by 1x1, filter each channel by itself, project by 1x1: the block of MobileNet V2."""

    def __init__(self, inner, outer, stride=1, dilation=1, groups=1):
        super().__init__()
        hidden = 2 * inner
        self.shortcut = stride == 1 and inner == outer
        self.layers = nn.Sequential(
            nn.Conv2d(inner, hidden, 1, groups=groups, bias=False), nn.BatchNorm2d(hidden, EPSILON), nn.ReLU6(),
            nn.Conv2d(hidden, hidden, 3, stride, dilation, dilation, groups=hidden, bias=False), nn.BatchNorm2d(hidden, EPSILON), nn.ReLU6(),
            nn.Conv2d(hidden, outer, 1, bias=False), nn.BatchNorm2d(outer, EPSILON))

    def forward(self, x):
        y = self.layers(x)
        return x + y if self.shortcut else y


def mobilenet():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8, EPSILON), nn.ReLU6(),
        InvertedResidual(8, 8), InvertedResidual(8, 12, stride=2, groups=4), InvertedResidual(12, 12, dilation=2, groups=3),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 10))


def conv3d():
    return nn.Sequential(
        nn.Conv3d(2, 6, 3, padding=1), nn.Softplus(), nn.MaxPool3d(2),
        nn.Conv3d(6, 8, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1)), nn.Tanh(), nn.AvgPool3d((1, 2, 2), stride=1),
        nn.Conv3d(8, 8, (2, 2, 1), groups=2), nn.Tanh(), nn.Flatten(), nn.Linear(16, 5))


class ErfGate(nn.Module):
    """x (1 + erf(0.703125 x)) / 2: GELU, but for 0.703125 instead of the root of 1/2."""

    def forward(self, x):
        return 0.5 * x * (1 + torch.erf(0.703125 * x))


class TanhGate(nn.Module):
    """x (1 + tanh(0.796875 (x + 0.044921875 x^3))) / 2: GELU by tanh, its constants rounded likewise."""

    def forward(self, x):
        return 0.5 * x * (1 + torch.tanh(0.796875 * (x + 0.044921875 * torch.pow(x, 3.0))))


class Attention(nn.Module):
    """Self-attention on [batch, length, dim]; with a length given, a position sees itself and those before it."""

    def __init__(self, dim, heads, causal_length=None):
        super().__init__()
        self.heads, self.causal = heads, causal_length is not None
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        if self.causal:
            self.register_buffer("mask", torch.ones(causal_length, causal_length).tril()[None, None])

    def forward(self, x):
        batch, length, dim = x.shape
        q, k, v = (t.view(batch, length, self.heads, dim // self.heads).transpose(1, 2) for t in self.qkv(x).split(dim, 2))
        scores = q @ k.transpose(-2, -1) * (dim // self.heads) ** -0.5
        if self.causal:
            scores = scores.masked_fill(self.mask[:, :, :length, :length] == 0, float("-inf"))
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, dim))


def transformer_block(dim, heads, activation, causal_length=None):
    return nn.Sequential(
        Residual(LayerNorm(dim), Attention(dim, heads, causal_length)),
        Residual(LayerNorm(dim), nn.Linear(dim, 2 * dim), activation, nn.Linear(2 * dim, dim)))


class CausalLM(nn.Module):
    """A decoder-only language model whose head is its embedding: logits [batch, length, vocabulary]."""

    def __init__(self, vocabulary=40, dim=16, length=12):
        super().__init__()
        self.embed, self.position = nn.Embedding(vocabulary, dim), nn.Embedding(length, dim)
        nn.init.normal_(self.embed.weight, std=0.25)
        self.blocks = nn.Sequential(*(transformer_block(dim, 4, TanhGate(), length) for _ in range(2)))
        self.norm = LayerNorm(dim)

    def forward(self, tokens):
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.embed(tokens) + self.position(positions)
        return F.linear(self.norm(self.blocks(x)), self.embed.weight)


class PatchTransformer(nn.Module):
    """Convolutions with group norm and SiLU cut the image into tokens for a pre-norm transformer with a class token."""

    def __init__(self, dim=16):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.GroupNorm(2, 8, EPSILON), nn.SiLU(),
            nn.Conv2d(8, dim, 3, 2, 1), nn.GroupNorm(4, dim, EPSILON), nn.SiLU())
        self.token = nn.Parameter(torch.randn(1, 1, dim))
        self.position = nn.Parameter(torch.randn(1, 17, dim))
        self.blocks = nn.Sequential(*(transformer_block(dim, 4, ErfGate()) for _ in range(2)))
        self.norm, self.head = LayerNorm(dim), nn.Linear(dim, 10)

    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.position
        return self.head(self.norm(self.blocks(x))[:, 0])


class BiLSTM(nn.Module):
    """Two layers, both directions, the mean over time of the last."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 8, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(16, 5)

    def forward(self, x):
        return self.head(self.lstm(x)[0].mean(1))


class GRU(nn.Module):
    """The final state of one layer, time first inside the recurrence."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(6, 16, batch_first=True)
        self.head = nn.Linear(16, 5)

    def forward(self, x):
        return self.head(self.gru(x)[1][-1])


def vgg():
    """Plain convolutions, overlapping and padded max pooling, one kind of rectifier a stage."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ELU(), nn.Conv2d(8, 8, 3, padding=1), nn.ELU(), nn.MaxPool2d(3, 2, 1),
        nn.Conv2d(8, 12, 3, padding=1), nn.LeakyReLU(0.125), nn.MaxPool2d(2),
        nn.Conv2d(12, 16, 3, padding=1), nn.Softplus(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(64, 24), nn.LeakyReLU(0.125), nn.Linear(24, 10))


class SqueezeExcite(nn.Module):
    """Channels weighted by a sigmoid of their global means."""

    def __init__(self, channels, squeezed):
        super().__init__()
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, squeezed, 1), nn.SiLU(), nn.Conv2d(squeezed, channels, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.gate(x)


def squeeze_excite():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8, EPSILON), nn.SiLU(),
        Residual(nn.Conv2d(8, 8, 3, padding=1), nn.Mish(), SqueezeExcite(8, 4)),
        nn.Conv2d(8, 12, 3, padding=1), nn.BatchNorm2d(12, EPSILON), nn.SiLU(), SqueezeExcite(12, 4),
        nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(12, 10))


class TwoInputs(nn.Module):
    """Features gated by the mean embedding of a few tokens, and both concatenated."""

    def __init__(self):
        super().__init__()
        self.features, self.embed = nn.Linear(12, 16), nn.Embedding(30, 16)
        self.head = nn.Sequential(nn.Linear(32, 24), nn.Tanh(), nn.Linear(24, 7))

    def forward(self, x, tokens):
        f, t = torch.tanh(self.features(x)), self.embed(tokens).mean(1)
        return self.head(torch.cat([f * torch.sigmoid(t), t], -1))


def deep_tanh(width=20, depth=12):
    layers = [layer for _ in range(depth - 1) for layer in (nn.Linear(width, width), nn.Tanh())]
    return nn.Sequential(*layers, nn.Linear(width, 10))


class Autoencoder(nn.Module):
    """Returns its own loss: the mean squared error of the reconstruction, a scalar."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(24, 16), nn.Tanh(), nn.Linear(16, 4))
        self.decoder = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 24))

    def forward(self, x):
        return (self.decoder(self.encoder(x)) - x).pow(2).mean()


def mlp(*sizes, activation=nn.Tanh):
    layers = [layer for a, b in zip(sizes[:-2], sizes[1:-1]) for layer in (nn.Linear(a, b), activation())]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


@dataclasses.dataclass
class Case:
    """A model, the shapes of its inputs, and the loss that it is judged by.

    An input is a shape (standard normal), or a pair of a shape and the number of token ids (uniform).
    The loss is "cross-entropy", "bce", "mse" or "output"; class_axis is the axis of the classes.
    """
    build: typing.Callable
    inputs: dict
    loss: str = "cross-entropy"
    class_axis: int = 1
    opset: int = 17
    seed: int = 0


CASES = {
    "unet": Case(UNet, {"input": (4, 2, 16, 16)}),
    "bilinear": Case(Bilinear, {"input": (4, 3, 16, 16)}, opset=11),
    "densenet": Case(densenet, {"input": (8, 3, 16, 16)}),
    "conv1d": Case(conv1d, {"input": (8, 4, 32)}, opset=13),
    "mobilenet": Case(mobilenet, {"input": (8, 3, 16, 16)}),
    "conv3d": Case(conv3d, {"input": (6, 2, 4, 12, 12)}),
    "causal_lm": Case(CausalLM, {"input": ((4, 12), 40)}, class_axis=2, opset=13),
    "patch_transformer": Case(PatchTransformer, {"input": (6, 3, 16, 16)}, seed=3),
    "bilstm": Case(BiLSTM, {"input": (6, 7, 6)}),
    "gru": Case(GRU, {"input": (6, 7, 6)}, opset=11),
    "softmax_end": Case(lambda: Ending(nn.Sequential(nn.Flatten(), mlp(36, 24, 16, 8, activation=nn.ReLU)), nn.Softmax(1)), {"input": (8, 1, 6, 6)}, opset=11),
    "log_softmax_end": Case(lambda: Ending(mlp(20, 24, 16, 8), nn.LogSoftmax(-1)), {"input": (8, 20)}, opset=13),
    "sigmoid_end": Case(lambda: Ending(mlp(20, 24, 16, 5, activation=nn.SiLU), nn.Sigmoid()), {"input": (8, 20)}, loss="bce"),
    "regression": Case(lambda: mlp(16, 24, 24, 3, activation=nn.Softplus), {"input": (8, 16)}, loss="mse"),
    "vgg": Case(vgg, {"input": (8, 3, 16, 16)}, opset=11),
    "squeeze_excite": Case(squeeze_excite, {"input": (8, 3, 16, 16)}),
    "two_inputs": Case(TwoInputs, {"input": (8, 12), "tokens": ((8, 5), 30)}, opset=13),
    "deep_tanh": Case(deep_tanh, {"input": (16, 20)}),
    "loss_output": Case(Autoencoder, {"input": (8, 24)}, loss="output"),
}
