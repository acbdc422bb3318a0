"""The gradient quotient in PyTorch: reverse mode three times, in float64. What the scripts of the cases take right values from."""
import torch
import torch.nn.functional as F

EPS = 1e-5


def gradient_quotient(loss, params):
    grads = torch.autograd.grad(loss, params, create_graph=True)
    products = torch.autograd.grad(sum((g**2).sum() for g in grads) / 2, params, create_graph=True)
    total = 0
    for g, p in zip(grads, products):
        e = EPS * torch.where(g >= 0, 1.0, -1.0).to(g.dtype)
        total = total + ((p + e) / (g + e)).abs().sum()
    return total / sum(p.numel() for p in params)


def measure(name, forward, params, x, target, loss=F.cross_entropy):
    """Prints GQ, the number of parameters and dGQ/dnorm of those with two axes or more; params are named."""
    params = {n: p.detach().double().requires_grad_() for n, p in params.items()}
    value = loss(forward(params, x.double()), target)
    gq = gradient_quotient(value, list(params.values()))
    slopes = torch.autograd.grad(gq, list(params.values()), allow_unused=True)
    print(f"{name}: GQ {gq.item():.10g}, {sum(p.numel() for p in params.values())} parameters")
    for (n, p), d in zip(params.items(), slopes):
        if p.dim() > 1:
            print(f"  {n}: {((p * d).sum() / p.norm()).item():.10g}")
