"""The PyTorch models of the round trips, one for each way in which weights lie in a state dict: a function that makes it, and its input."""
import torch
import torchvision
from torch import nn


class TiedEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(50, 32)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), 2, enable_nested_tensor=False)
        self.out = nn.Linear(32, 50, bias=False)
        self.out.weight = self.emb.weight

    def forward(self, x):
        return self.out(self.encoder(self.emb(x)))


class Recurrent(nn.Module):
    def __init__(self, kind, bidirectional):
        super().__init__()
        self.rnn = kind(8, 16, 2, batch_first=True, bidirectional=bidirectional)
        self.head = nn.Linear(32 if bidirectional else 16, 5)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


class GPT(nn.Module):
    def __init__(self, width=32, words=60):
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Parameter(0.1 * torch.randn(12, width))
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x):
        x = self.words(x) + self.places
        n, t, w = x.shape
        q, k, v = (y.reshape(n, t, 4, w // 4).transpose(1, 2) for y in self.qkv(self.n1(x)).chunk(3, -1))
        scores = (q @ k.transpose(-1, -2) / (w // 4) ** 0.5).masked_fill(torch.ones(t, t, dtype=torch.bool).triu(1), float("-inf"))
        x = x + self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, w))
        x = x + self.down(nn.functional.gelu(self.up(self.n2(x))))
        return x @ self.words.weight.T


def vit():
    model = torchvision.models.VisionTransformer(32, 8, 2, 2, 48, 96)
    nn.init.normal_(model.heads.head.weight, std=0.1)  # it begins with zeros
    return model


def cnn():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


MODELS = {
    "MLP": (lambda: nn.Sequential(nn.Linear(12, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 5)), torch.randn(2, 12)),
    "CNN with batch normalization": (cnn, torch.randn(2, 3, 12, 12)),
    "TransformerEncoder, tied embedding": (TiedEncoder, torch.randint(0, 50, (2, 12))),
    "LSTM, 2 layers": (lambda: Recurrent(nn.LSTM, False), torch.randn(2, 7, 8)),
    "GRU, 2 layers, bidirectional": (lambda: Recurrent(nn.GRU, True), torch.randn(2, 7, 8)),
    "ResNet-18": (torchvision.models.resnet18, torch.randn(2, 3, 64, 64)),
    "ViT": (vit, torch.randn(2, 3, 32, 32)),
    "GPT, tied head": (GPT, torch.randint(0, 60, (2, 12))),
}
