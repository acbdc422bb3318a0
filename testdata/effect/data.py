"""Data that packages ship: scikit-learn's digits and diabetes, and the texts that Python's own help is made of."""

import numpy as np
import torch


def load(net):
    """Returns training and test data of a net, (x, y) each."""
    if net in ("causal_lm", "gpt"):
        return text()
    if net == "regression":
        return diabetes()
    from sklearn.datasets import load_digits

    digits = load_digits()
    x = torch.tensor((digits.images - digits.images.mean()) / digits.images.std(), dtype=torch.float32).unsqueeze(1)
    if net in ("resnet18", "vit_ti"):
        x = torch.nn.functional.interpolate(x, size=32, mode="bilinear")
    return split(x, torch.tensor(digits.target))


def diabetes():
    from sklearn.datasets import load_diabetes

    d = load_diabetes()
    x, y = ((v - v.mean(0)) / v.std(0) for v in (d.data, d.target))
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32).unsqueeze(1))


def text(length=32, samples=3000):
    from pydoc_data import topics

    raw = "\n".join(topics.topics[k] for k in sorted(topics.topics)).encode("ascii", "replace")
    ids = torch.tensor([b - 32 if 32 <= b < 127 else 95 for b in raw])
    starts = torch.tensor(np.random.default_rng(0).integers(0, len(ids) - length - 1, samples))
    rows = ids[starts[:, None] + torch.arange(length + 1)]
    return split(rows[:, :-1].contiguous(), rows[:, 1:].contiguous())


def split(x, y):
    order = torch.tensor(np.random.default_rng(0).permutation(len(x)))
    cut = len(x) * 7 // 9
    return (x[order[:cut]], y[order[:cut]]), (x[order[cut:]], y[order[cut:]])
