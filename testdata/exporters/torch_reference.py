#!/usr/bin/env python3
"""Write the reference cases of testdata/models: PyTorch exports, and what PyTorch computes for them.

    python3 torch_reference.py OUTDIR [NAME...]     all models of torch_models.py, or those named

Each case is a folder OUTDIR/NAME with model.onnx, one batch as .npy files and expected.json; the README
of testdata lists them. The numbers come from reverse mode applied three times, in float64 on the float32
weights. Needs PyTorch 1.13 and onnx (Debian: python3-torch python3-onnx). The same version writes the same bytes.
"""
import argparse
import copy
import json
import pathlib

import numpy
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F

from torch_models import CASES, Ending

EPS, TRAIN_LR = 1e-5, 0.03
LR, MOMENTUM, STEPS = 0.1, 0.9, 20


def draw(kind):
    shape, ids = kind if isinstance(kind[0], tuple) else (kind, 0)
    return torch.randint(0, ids, shape) if ids else torch.randn(shape)


def draw_inputs(case):
    return [draw(kind) for kind in case.inputs.values()]


def build(case):
    """The model in inference mode, its running statistics those of normal inputs.

    No two parameters are equal, since an exporter ties equal tensors.
    """
    torch.manual_seed(case.seed)
    model = case.build()
    with torch.no_grad():
        for p in model.parameters():
            if p.dim() < 2:
                p.add_(0.1 * torch.randn_like(p))
        if any(name.endswith("running_mean") for name, _ in model.named_buffers()):
            for _ in range(20):
                model(*draw_inputs(case))
    return model.eval()


def draw_target(case, output):
    """Class labels, zeros and ones, or normal values; None where the model returns its loss."""
    if case.loss == "cross-entropy":
        shape = list(output.shape)
        classes = shape.pop(case.class_axis)
        return torch.randint(0, classes, shape)
    if case.loss == "bce":
        return torch.randint(0, 2, output.shape).to(output.dtype)
    return torch.randn_like(output) if case.loss == "mse" else None


def loss_of(model, case, inputs, target):
    """The mean loss over the batch and all other positions; behind a final activation, on what goes into it."""
    y = (model.body if isinstance(model, Ending) else model)(*inputs)
    if case.loss == "cross-entropy":
        return F.cross_entropy(y.movedim(case.class_axis, 1), target)
    if case.loss == "bce":
        return F.binary_cross_entropy_with_logits(y, target)
    return F.mse_loss(y, target) if case.loss == "mse" else y


def quotients(loss, params, rate):
    """q = (rate Hg + ε) / (g + ε) of every parameter, ε = ±EPS with the sign of g."""
    grads = torch.autograd.grad(loss, params, create_graph=True)
    products = torch.autograd.grad(sum((g ** 2).sum() for g in grads) / 2, params, create_graph=True)
    damped = [(g, p, EPS * torch.where(g >= 0, 1.0, -1.0).to(g.dtype)) for g, p in zip(grads, products)]
    return torch.cat([((rate * p + e) / (g + e)).flatten() for g, p, e in damped])


def gradient_quotient(loss, params):
    return quotients(loss, params, 1.0).abs().mean()


def log_quotient(loss, params):
    return quotients(loss, params, TRAIN_LR).abs().log1p().mean()


def norm_derivatives(value, tuned):
    """⟨∂value/∂W, W⟩ / ‖W‖ of every tuned tensor."""
    grads = torch.autograd.grad(value, list(tuned.values()))
    return {n: ((w * d).sum() / w.norm()).item() for (n, w), d in zip(tuned.items(), grads)}


class Problem:
    """A model in one precision on one batch."""

    def __init__(self, model, case, inputs, target, dtype):
        cast = lambda t: t.to(dtype) if t is not None and t.is_floating_point() else t
        self.model, self.case = copy.deepcopy(model).to(dtype), case
        self.inputs, self.target = [cast(t) for t in inputs], cast(target)
        self.params = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        self.tuned = {n: p for n, p in self.params.items() if p.dim() >= 2}

    def loss(self):
        return loss_of(self.model, self.case, self.inputs, self.target)

    def measure(self, quotient):
        value = quotient(self.loss(), list(self.params.values()))
        return value.item(), norm_derivatives(value, self.tuned)

    def norms(self):
        return {n: w.norm().item() for n, w in self.tuned.items()}

    def trajectory(self):
        """The paper's algorithm on this one batch; it leaves the weights rescaled."""
        velocity, factors, values = dict.fromkeys(self.tuned, 0.0), dict.fromkeys(self.tuned, 1.0), []
        for _ in range(STEPS):
            value, derivatives = self.measure(gradient_quotient)
            values.append(value)
            for name, w in self.tuned.items():
                norm = w.data.norm().item()
                velocity[name] = MOMENTUM * velocity[name] - LR * float(numpy.sign(derivatives[name]))
                factor = (norm + velocity[name]) / norm
                factors[name] *= factor
                w.data.mul_(factor)
        return {"lr": LR, "momentum": MOMENTUM, "steps": STEPS, "gq": values, "final_gq": self.measure(gradient_quotient)[0],
                "final_norms": self.norms(), "final_factors": factors}


def export(model, case, inputs, path):
    names = list(case.inputs)
    batch = {name: {0: "N"} for name in names}
    if case.loss != "output":
        batch["output"] = {0: "N"}
    torch.onnx.export(model, tuple(inputs), str(path), opset_version=case.opset, input_names=names, output_names=["output"],
                      dynamic_axes=batch, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)


def check_export(model, path):
    """Every parameter is an initializer of its own name with the same bytes."""
    held = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(str(path)).graph.initializer}
    for name, p in model.named_parameters():
        if name not in held or held[name].tobytes() != p.detach().numpy().tobytes():
            raise SystemExit(f"{path}: no initializer {name} that equals the parameter: build the layer so that the exporter leaves its weight alone")


def write(name, case, folder):
    folder.mkdir(parents=True, exist_ok=True)
    model = build(case)
    inputs = draw_inputs(case)
    with torch.no_grad():
        output = model(*inputs)
    target = draw_target(case, output)

    export(model, case, inputs, folder / "model.onnx")
    check_export(model, folder / "model.onnx")
    arrays = dict(zip(case.inputs, inputs), output=output)
    if target is not None:
        arrays["target"] = target
    for key, tensor in arrays.items():
        numpy.save(folder / f"{key}.npy", tensor.numpy())

    double = Problem(model, case, inputs, target, torch.float64)
    single = Problem(model, case, inputs, target, torch.float32)
    expected = {"loss_kind": case.loss, "inputs": list(case.inputs), "loss": double.loss().item()}
    if case.loss == "cross-entropy":
        expected["class_axis"] = case.class_axis
    expected["gq"], expected["dgq_dnorm"] = double.measure(gradient_quotient)
    expected["gq_float32"], expected["dgq_dnorm_float32"] = single.measure(gradient_quotient)
    expected["eps"], expected["train_lr"] = EPS, TRAIN_LR
    expected["lgq"], expected["dlgq_dnorm"] = double.measure(log_quotient)
    expected["num_params"] = sum(p.numel() for p in double.params.values())
    expected["param_names"] = list(double.params)
    expected["norms"] = double.norms()
    expected["trajectory"] = double.trajectory()
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    print(f"{name}: {expected['num_params']} parameters, loss {expected['loss']:.4f}, GQ {expected['gq']:.4f}, LGQ {expected['lgq']:.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", type=pathlib.Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CASES))
    args = parser.parse_args()
    unknown = [n for n in args.names if n not in CASES]
    if unknown:
        parser.error(f"no model {', '.join(unknown)}: there are {', '.join(CASES)}")
    torch.set_num_threads(1)
    for name in args.names or CASES:
        write(name, CASES[name], args.outdir / name)


if __name__ == "__main__":
    main()
