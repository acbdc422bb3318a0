#!/usr/bin/env python3
"""Does it help? Trains small nets for real from weights that metainit's candidates rescaled, and prints what came of it.

    python3 effect.py METAINIT RESULTS.jsonl [--nets plain,tanh] [--seeds 0,1,2] [--epochs 4] [--again]

For every net, start and seed the model is exported to ONNX and given to METAINIT, whose factors are then applied to the same
module; each candidate, and with that the one that metainit chooses, is trained on data that metainit has not seen. A pair that is in
RESULTS.jsonl is not done again; with --again metainit is asked again, and what has new factors is trained again. In RESULTS.jsonl `file`
is the model as it is; `keep` differs from that in the norms of scale-invariant weights. The figures of a training are the test accuracy (1 − the normalised squared error for regression) four times an epoch.
"""

import argparse
import hashlib
import json
import os
import subprocess
import tempfile
import warnings

import torch
from torch.nn import functional as F

import data
import nets

warnings.filterwarnings("ignore")
torch.set_num_threads(1)


def scaled_by(factor):
    def start(model):
        for p in model.parameters():
            if p.dim() > 1:
                p.data.mul_(factor)

    return start


def he(model):
    for p in model.parameters():
        if p.dim() > 1:
            p.data.mul_((2 / p[0].numel() * p.numel()) ** 0.5 / p.norm())


def uneven(model):
    """Every third tensor eight times too large, the others half their size."""
    for i, p in enumerate(p for p in model.parameters() if p.dim() > 1):
        p.data.mul_(8 if i % 3 == 1 else 0.5)


def orthogonal(model):
    for p in model.parameters():
        if p.dim() > 1:
            torch.nn.init.orthogonal_(p, 2**0.5)


STARTS = {"default": lambda model: None, "he": he, "x4": scaled_by(4), "x0.25": scaled_by(0.25), "uneven": uneven, "orthogonal": orthogonal}


def made(net, start, seed):
    torch.manual_seed(1000 * seed + 17)
    model = (nets.NETS | nets.DEEP | nets.LARGE)[net]()
    STARTS[start](model)
    return model


def export(model, net, path):
    (x, _), _ = data.load(net)
    normalized = net in ("residual_bn", "resnet18")  # in training form
    training = torch.onnx.TrainingMode.TRAINING if normalized else torch.onnx.TrainingMode.PRESERVE
    model.train(normalized)
    torch.onnx.export(
        model, (x[:2],), path, opset_version=17, dynamo=False, training=training, do_constant_folding=False,
        keep_initializers_as_inputs=True, input_names=["x"], dynamic_axes={"x": {0: "batch"}})


def ask(binary, model, net, seed, flags):
    """What metainit finds in trials of a model, and what it measures of it."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        export(model, net, path)
        for command in ("trial", "gq"):
            out = subprocess.run([binary, command, path, "--json", "--seed", str(seed), *flags], capture_output=True, text=True, check=False)
            found.append(json.loads(out.stdout) if out.returncode == 0 else None)
    if not found[0]:
        raise RuntimeError(out.stderr)
    return found


def apply(model, factors):
    """Multiplies the parameters; a recurrent one of PyTorch is a tensor of another name and shape in ONNX, known by its norm."""
    parameters = dict(model.named_parameters())
    for name, factor in factors.items():
        if factor == 1:
            continue
        if name not in parameters:
            raise KeyError(f"{name} is no parameter")
        parameters[name].data.mul_(factor)


def digest(factors):
    """Names factors: those of the same digest need not be trained twice. Their last digits depend on the processor."""
    return hashlib.sha256(json.dumps({k: f"{v:.4g}" for k, v in sorted(factors.items()) if v != 1}).encode()).hexdigest()[:12]


def figure(model, net, x, y):
    model.eval()
    with torch.no_grad():
        out = model(x)
        if net == "regression":
            return max(0.0, 1 - F.mse_loss(out, y).item() / y.var().item())
        return (out.argmax(-1) == y).float().mean().item()


def train(model, net, optimizer, seed, epochs):
    (x, y), test = data.load(net)
    steps = (len(x) + 31) // 32
    quarters = {round(steps * q / 4) for q in range(1, 5)}
    if optimizer == "sgd":
        opt = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    else:
        opt = torch.optim.AdamW(model.parameters(), 0.002)
    generator = torch.Generator().manual_seed(seed)
    figures = []
    for _ in range(epochs):
        order = torch.randperm(len(x), generator=generator)
        model.train()
        for i in range(steps):
            at = order[32 * i : 32 * i + 32]
            out = model(x[at])
            loss = F.mse_loss(out, y[at]) if net == "regression" else F.cross_entropy(out.flatten(0, -2), y[at].flatten())
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            if i + 1 in quarters:
                figures.append(round(figure(model, net, *test), 4))
                model.train()
    return figures


def read(results):
    """Returns the pairs that are done, by net, start and seed."""
    if not os.path.exists(results):
        return {}
    with open(results) as file:
        return {(r["net"], r["start"], r["seed"]): r for r in map(json.loads, file)}


def write(results, done):
    with open(results + ".new", "w") as file:
        for row in done.values():
            print(json.dumps(row), file=file)
    os.replace(results + ".new", results)


def pair(net, start, seed, args, old):
    """Returns the row of a pair. Trainings of the old one are kept where the factors are the same."""
    found, measured = ask(args.metainit, made(net, start, seed), net, seed, args.flags.split())
    row = {"net": net, "start": start, "seed": seed, "winner": found["winner"], "steps": found["steps"]}
    row["measured"] = {key: measured[key] for key in ("loss", "gq", "lgq")} if measured else None
    row |= {key: {} for key in ("progress", "factors", "figures")}
    for who in [{"name": "file", "tasks": {}}, *found["contestants"]]:
        name, factors = who["name"], who.get("factors", {})
        row["progress"][name], row["factors"][name] = who["tasks"], digest(factors)
        known = [r["figures"][n] for r in (old, row) if r for n in r["figures"] if r["factors"][n] == row["factors"][name]]
        if known:
            row["figures"][name] = known[0]
            continue
        row["figures"][name] = {}
        for optimizer in args.optimizers.split(","):
            model = made(net, start, seed)
            apply(model, factors)
            row["figures"][name][optimizer] = train(model, net, optimizer, seed, args.epochs)
    return row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("metainit")
    parser.add_argument("results")
    parser.add_argument("--nets", default=",".join(nets.NETS))
    parser.add_argument("--starts", default=",".join(STARTS))
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--optimizers", default="sgd,adamw")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--flags", default="", help="of metainit trial")
    args = parser.parse_args()
    done = read(args.results)
    for seed in map(int, args.seeds.split(",")):
        for net in args.nets.split(","):
            for start in args.starts.split(","):
                old = done.get((net, start, seed))
                if old and not args.again:
                    continue
                done[net, start, seed] = row = pair(net, start, seed, args, old)
                write(args.results, done)
                means = {name: round(sum(sum(f) / len(f) for f in by.values()) / len(by), 3) for name, by in row["figures"].items()}
                print(net, start, seed, "->", row["winner"], means, flush=True)


if __name__ == "__main__":
    main()
