"""The models that compare.py times, in PyTorch of any version from 1.13 on, and their export."""
import torch
import torch.nn as nn
from torch.nn import functional as F


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def lenet():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def plain(width=32, depth=10):
    layers, c = [nn.Conv2d(3, width, 3, padding=1), nn.ReLU()], width
    for i in range(depth):
        stride = 2 if i in (depth // 3, 2 * depth // 3) else 1
        layers += [nn.Conv2d(c, c * stride, 3, stride, 1), nn.ReLU()]
        c *= stride
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c, 10))


class Encoder(nn.Module):
    """A pre-norm transformer encoder on token ids, mean-pooled to 10 classes."""

    def __init__(self, vocabulary=1000, dim=128, length=64, depth=4):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, dim)
        self.position = nn.Parameter(torch.randn(1, length, dim) * 0.02)
        # One by one: nn.TransformerEncoder copies one layer, and the exporter would tie the equal weights.
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dim, 4, 4 * dim, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
            for _ in range(depth))
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, 10)

    def forward(self, tokens):
        x = self.embed(tokens) + self.position
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x).mean(1))


class Recurrent(nn.Module):
    """LSTM layers, and 10 classes from the last state."""

    def __init__(self, layers=1):
        super().__init__()
        self.lstm = nn.LSTM(32, 64, layers, batch_first=True)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Block(nn.Module):
    """A layer of GPT-2: causal attention and an MLP, each behind a normalization and added to what came in."""

    def __init__(self, dim, heads, length):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.c_attn, self.c_proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.c_fc, self.mlp_proj = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.register_buffer("future", torch.ones(length, length, dtype=torch.bool).triu(1))

    def attention(self, x):
        n, length, dim = x.shape
        q, k, v = (t.reshape(n, length, self.heads, -1).transpose(1, 2) for t in self.c_attn(x).split(dim, -1))
        scores = q @ k.transpose(-1, -2) / (dim // self.heads) ** 0.5
        mixed = scores.masked_fill(self.future, float("-inf")).softmax(-1) @ v
        return self.c_proj(mixed.transpose(1, 2).reshape(n, length, dim))

    def forward(self, x):
        x = x + self.attention(self.ln_1(x))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class GPT2(nn.Module):
    """The smallest GPT-2 (124 M parameters), without dropout, for sequences of one length."""

    def __init__(self, vocabulary=50257, dim=768, heads=12, depth=12, length=64, positions=1024):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, dim), nn.Embedding(positions, dim)
        self.blocks = nn.ModuleList(Block(dim, heads, length) for _ in range(depth))
        self.ln_f = nn.LayerNorm(dim)
        for name, p in self.named_parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(p)

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe.weight[:tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)


def vision(name, **options):
    import torchvision
    return getattr(torchvision.models, name)(**options)


# name: (constructor, input shape, vocabulary size where the input is token ids)
MODELS = {
    "mlp": (mlp, (32, 1, 28, 28), 0),
    "lenet": (lenet, (32, 1, 28, 28), 0),
    "plain": (plain, (32, 3, 32, 32), 0),
    "encoder": (Encoder, (16, 64), 1000),
    "lstm": (Recurrent, (32, 16, 32), 0),
    "resnet18": (lambda: vision("resnet18", num_classes=10), (8, 3, 64, 64), 0),
    "mobilenet_v2": (lambda: vision("mobilenet_v2", num_classes=10), (8, 3, 64, 64), 0),
    "resnet50": (lambda: vision("resnet50"), (4, 3, 128, 128), 0),
    "gpt2": (GPT2, (2, 64), 50257),
    "lstm_400": (lambda: Recurrent(layers=2), (8, 400, 32), 0),
}


def build(name):
    """A model in its inference form and a batch for it, the same every time."""
    make, shape, vocabulary = MODELS[name]
    torch.manual_seed(0)
    model = make().eval()
    return model, torch.randint(0, vocabulary, shape) if vocabulary else torch.randn(*shape)


def export(name, path):
    """Writes a model as ONNX: nothing folded, the batch free."""
    model, x = build(name)
    # By TorchScript, which needs no package besides; PyTorch 1.13 has nothing else, and no name for it.
    exporter = {} if torch.__version__.startswith("1.") else {"dynamo": False}
    torch.onnx.export(model, (x,), path, opset_version=17, input_names=["input"], output_names=["output"],
                      dynamic_axes={"input": {0: "N"}, "output": {0: "N"}},
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, **exporter)
