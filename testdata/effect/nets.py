"""The nets that are trained, small enough for many trainings: each a function of nothing that returns a module.

Most take images of 8 x 8 with one channel and return logits of 10 classes, `resnet18` and `vit_ti` images of 32 x 32; `causal_lm` and
`gpt` take 32 bytes of text and return logits of the next one at each place, `regression` 10 numbers and returns one.
"""

import functools

import torch
from torch import nn
from torch.nn import functional as F


def plain(depth=18, width=16):
    layers, channels = [], 1
    for i in range(depth):
        layers += [nn.Conv2d(channels, width, 3, padding=1, stride=2 if i == depth // 2 else 1), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


def tanh(depth=20, width=48):
    layers, size = [nn.Flatten()], 64
    for _ in range(depth):
        layers += [nn.Linear(size, width), nn.Tanh()]
        size = width
    return nn.Sequential(*layers, nn.Linear(width, 10))


class Residual(nn.Module):
    def __init__(self, width, norm):
        super().__init__()
        self.a, self.b = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)
        self.na, self.nb = (nn.BatchNorm2d(width), nn.BatchNorm2d(width)) if norm else (nn.Identity(), nn.Identity())

    def forward(self, x):
        return F.relu(x + self.nb(self.b(F.relu(self.na(self.a(x))))))


def residual(norm=False, width=16, blocks=6):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), *[Residual(width, norm) for _ in range(blocks)],
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * width, 10))


def residual_bn():
    return residual(norm=True)


def vgg():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 10))


class Attention(nn.Module):
    def __init__(self, width, heads, causal):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))
        self.heads, self.causal = heads, causal

    def forward(self, x):
        n, t, w = x.shape
        q, k, v = (f(x).reshape(n, t, self.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) / (w // self.heads) ** 0.5
        if self.causal:
            scores = scores.masked_fill(torch.ones(t, t, dtype=torch.bool).triu(1), float("-inf"))
        return self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, w))


class Block(nn.Module):
    def __init__(self, width, heads=4, pre=True, causal=False):
        super().__init__()
        self.attention = Attention(width, heads, causal)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.n1, self.n2, self.pre = nn.LayerNorm(width), nn.LayerNorm(width), pre

    def forward(self, x):
        if self.pre:
            x = x + self.attention(self.n1(x))
            return x + self.down(F.gelu(self.up(self.n2(x))))
        x = self.n1(x + self.attention(x))
        return self.n2(x + self.down(F.gelu(self.up(x))))


class Patches(nn.Module):
    """A vision transformer over 16 patches of 2 x 2."""

    def __init__(self, pre, width=32, depth=4):
        super().__init__()
        self.stem = nn.Conv2d(1, width, 2, stride=2)
        self.places = nn.Parameter(0.02 * torch.randn(1, 16, width))
        self.blocks = nn.Sequential(*[Block(width, pre=pre) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width) if pre else nn.Identity(), nn.Linear(width, 10)

    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2) + self.places
        return self.head(self.norm(self.blocks(x)).mean(1))


def pre_norm():
    return Patches(True)


def post_norm():
    return Patches(False)


class CausalLM(nn.Module):
    def __init__(self, width=32, depth=3, words=96):
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Parameter(0.02 * torch.randn(32, width))
        self.blocks = nn.Sequential(*[Block(width, causal=True) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, words)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.words(x) + self.places)))


class LSTM(nn.Module):
    def __init__(self, width=32, layers=2):
        super().__init__()
        self.lstm, self.head = nn.LSTM(8, width, layers, batch_first=True), nn.Linear(width, 10)

    def forward(self, x):
        return self.head(self.lstm(x.squeeze(1))[0][:, -1])


class Mixing(nn.Module):
    def __init__(self, width, tokens):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.t1, self.t2 = nn.Linear(tokens, 2 * tokens), nn.Linear(2 * tokens, tokens)
        self.c1, self.c2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x):
        x = x + self.t2(F.gelu(self.t1(self.n1(x).transpose(1, 2)))).transpose(1, 2)
        return x + self.c2(F.gelu(self.c1(self.n2(x))))


class Mixer(nn.Module):
    def __init__(self, width=32, depth=4):
        super().__init__()
        self.stem, self.blocks = nn.Conv2d(1, width, 2, stride=2), nn.Sequential(*[Mixing(width, 16) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.stem(x).flatten(2).transpose(1, 2))).mean(1))


class Inverted(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.up, self.depthwise = nn.Conv2d(width, 3 * width, 1), nn.Conv2d(3 * width, 3 * width, 3, padding=1, groups=3 * width)
        self.down = nn.Conv2d(3 * width, width, 1)

    def forward(self, x):
        return x + self.down(F.relu6(self.depthwise(F.relu6(self.up(x)))))


def mobilenet():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, stride=2), nn.ReLU6(), *[Inverted(16) for _ in range(5)],
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


def regression():
    return nn.Sequential(nn.Linear(10, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))


NETS = {
    "plain": plain, "tanh": tanh, "residual": residual, "residual_bn": residual_bn, "vgg": vgg, "lenet": lenet,
    "pre_norm": pre_norm, "post_norm": post_norm, "causal_lm": CausalLM, "lstm": LSTM, "mixer": Mixer, "mobilenet": mobilenet,
    "regression": regression,
}

# In which nobody learns at first: not part of the table, asked for with --nets.
DEEP = {f"plain{d}": functools.partial(plain, d, 32) for d in (26, 40, 60)} | {f"tanh{d}": functools.partial(tanh, d) for d in (35, 50)}



class Basic(nn.Module):
    """A block of ResNet-18."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.a, self.b = nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.na, self.nb = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
        self.short = nn.Identity()
        if stride != 1 or channels != width:
            self.short = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return F.relu(self.short(x) + self.nb(self.b(F.relu(self.na(self.a(x))))))


def resnet18():
    blocks, channels = [], 64
    for width, stride in ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
        blocks.append(Basic(channels, width, stride))
        channels = width
    return nn.Sequential(
        nn.Conv2d(1, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2), *blocks,
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


class ViT(nn.Module):
    """ViT-Ti over 64 patches of 4 x 4."""

    def __init__(self, width=192, depth=12, heads=3):
        super().__init__()
        self.stem = nn.Conv2d(1, width, 4, stride=4)
        self.places = nn.Parameter(0.02 * torch.randn(1, 64, width))
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2) + self.places
        return self.head(self.norm(self.blocks(x)).mean(1))


def gpt():
    return CausalLM(width=384, depth=6)


# Of the size that people train: not part of the table, asked for with --nets.
LARGE = {"resnet18": resnet18, "vit_ti": ViT, "gpt": gpt}

# Not looked at while the rule was chosen.
HELD_OUT = {"mixer", "mobilenet", "regression"}
