"""What PyTorch computes for a case: the loss and the gradient quotient, by reverse mode twice, in float64.

make.py in the cases' folders uses it for the numbers that the scripts ask for. Needs PyTorch.
"""
import torch

EPS = 1e-5


def measure(loss, params):
    """The loss and the mean of |(Hg + ε) / (g + ε)|, ε = ±EPS with the sign of g."""
    grads = torch.autograd.grad(loss, params, create_graph=True)
    products = torch.autograd.grad(sum((g ** 2).sum() for g in grads) / 2, params, retain_graph=True)
    total = 0.0
    for g, hg in zip(grads, products):
        eps = EPS * torch.where(g >= 0, 1.0, -1.0).to(g.dtype)
        total += ((hg + eps) / (g + eps)).abs().sum().item()
    return loss.item(), total / sum(p.numel() for p in params)


def show(name, loss, params):
    value, quotient = measure(loss, params)
    print(f"{name}: loss {value:.9g}, gq {quotient:.9g}")
