"""What PyTorch computes for a model: the loss, the gradient quotient and its slopes, by reverse mode three times in float64.

The quotient is the mean of |(Hg + ε) / (g + ε)| over the elements of all parameters: g is the gradient of the loss, H its Hessian,
ε is 1e-5 with the sign of g. A slope is its derivative by the norm of a tensor, ⟨∂GQ/∂W, W⟩ / ‖W‖. Needs PyTorch.
"""
import torch

EPS = 1e-5


def double(array):
    """A tensor in float64 of an array or a tensor."""
    return torch.as_tensor(array).detach().double()


def trained(arrays):
    """The arrays, by name, as tensors in float64 to differentiate by."""
    return {name: double(array).clone().requires_grad_() for name, array in arrays.items()}


def layer_norm(x, gain, epsilon):
    """Layer normalization over the last axis, without a bias. PyTorch's own takes mean and deviation as constants from the third
    derivative on, which makes slopes wrong, though not the quotient."""
    d = x - x.mean(-1, keepdim=True)
    return d / ((d * d).mean(-1, keepdim=True) + epsilon).sqrt() * gain


def quotient(loss, params):
    """The gradient quotient of a list of parameters, with its graph."""
    grads = torch.autograd.grad(loss, params, create_graph=True)
    products = torch.autograd.grad(sum((g**2).sum() for g in grads) / 2, params, create_graph=True, materialize_grads=True)
    damped = [(g, p, EPS * torch.where(g >= 0, 1.0, -1.0).double()) for g, p in zip(grads, products)]
    return torch.cat([((p + e) / (g + e)).flatten() for g, p, e in damped]).abs().mean()


def slopes(gq, params):
    """The slopes of all tensors with two axes or more, by name; params is a dictionary."""
    derivatives = torch.autograd.grad(gq, list(params.values()), materialize_grads=True)
    return {n: ((p * d).sum() / p.norm()).item() for (n, p), d in zip(params.items(), derivatives) if p.dim() > 1}


def show(name, loss, arrays):
    """Prints the loss, the quotient, the number of parameters and the slopes; loss is a function of the parameters by name, which
    have the values of arrays."""
    params = trained(arrays)
    value = loss(params)
    gq = quotient(value, list(params.values()))
    print(f"{name}: loss {value.item():.12g} GQ {gq.item():.12g} parameters {sum(p.numel() for p in params.values())}")
    for tensor, slope in slopes(gq, params).items():
        print(f"  {tensor} {slope:.12g}")
