#!/usr/bin/env python3
"""Do programs that train ONNX files take a tuned one?

    python3 train_tuned.py METAINIT onnx2torch|onnxruntime [MODEL...]

Tunes the models of ../models and ../reference. onnx2torch makes a PyTorch module of a file, which must compute what ONNX Runtime does;
the artifacts of onnxruntime-training train the file itself, and must begin with the loss of what ONNX Runtime computes; both are then
trained for 20 steps. Prints a line each: the difference and the loss before and after, or why the program does not take the file; WRONG if
that is not so of the file before it was tuned, or the difference is above 1e-5 of the largest element. The exit status is 1 if
anything is wrong.

Needs onnx2torch with torch; or onnxruntime-training 1.19, which replaces onnxruntime, with onnx 1.17, whose files it still reads, and torch.
"""
import argparse
import concurrent.futures
import json
import pathlib
import subprocess
import tempfile

import numpy
import onnx

import round_trip

STEPS, RATE = 20, 1e-3


def onnx2torch(path, inputs, target, weights, folder):
    """Returns the output, and the loss before and after."""
    import onnx2torch
    import torch

    module = onnx2torch.convert(path).eval()
    inputs, target = [torch.from_numpy(x) for x in inputs], torch.from_numpy(target)
    first = module(*inputs)
    optimizer, losses = torch.optim.AdamW(module.train().parameters(), RATE), []
    for _ in range(STEPS + 1):
        loss = torch.nn.functional.mse_loss(module(*inputs), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return first.detach().numpy(), losses[0], losses[-1]


def onnxruntime(path, inputs, target, weights, folder):
    """Returns the loss before and after; the output is not given."""
    from onnxruntime.training import api, artifacts

    model = onnx.load(path)
    artifacts.generate_artifacts(
        model, requires_grad=weights, loss=artifacts.LossType.MSELoss, optimizer=artifacts.OptimType.AdamW,
        loss_input_names=[model.graph.output[0].name], artifact_directory=str(folder))
    state = api.CheckpointState.load_checkpoint(str(folder / "checkpoint"))
    module = api.Module(str(folder / "training_model.onnx"), state, str(folder / "eval_model.onnx"))
    optimizer = api.Optimizer(str(folder / "optimizer_model.onnx"), module)
    optimizer.set_learning_rate(RATE)
    module.eval()
    losses = [float(module(*inputs, target))]
    module.train()
    for _ in range(STEPS):
        losses.append(float(module(*inputs, target)))
        optimizer.step()
        module.lazy_reset_grad()
    return None, losses[0], losses[-1]


PROGRAMS = {"onnx2torch": onnx2torch, "onnxruntime": onnxruntime}


def take(*arguments):
    """Does taken in a process of its own, which onnxruntime-training may take down."""
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        return pool.submit(taken, *arguments).result()


def taken(program, path, inputs, weights):
    """Returns what to print of a file, and the relative difference."""
    want = round_trip.run(path, inputs)
    target = numpy.random.default_rng(0).normal(size=want.shape).astype(numpy.float32)
    with tempfile.TemporaryDirectory() as folder:
        out, before, after = PROGRAMS[program](str(path), inputs, target, weights, pathlib.Path(folder))
    if out is None:
        mean = numpy.mean((want - target) ** 2)
        difference = abs(before - mean) / mean
    else:
        difference = abs(out - want).max() / abs(want).max()
    return f"equal within {difference:.0e}, loss {before:.4g} -> {after:.4g}", difference


def reason(error):
    """The end of a message, where ONNX Runtime says what is wrong."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[-120:]}"


def inputs_of(folder):
    arrays = {file.stem: numpy.load(file) for file in folder.glob("*.npy")}
    return [arrays[i.name] for i in onnx.load(folder / "model.onnx").graph.input if i.name in arrays]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("metainit", type=pathlib.Path, help="the command")
    parser.add_argument("program", choices=PROGRAMS)
    parser.add_argument("models", nargs="*", help="all if none is given")
    args = parser.parse_args()
    data = pathlib.Path(__file__).resolve().parents[1]
    wrong = False
    for folder in sorted([*data.glob("models/*/"), *data.glob("reference/*/")]):
        if args.models and folder.name not in args.models:
            continue
        with tempfile.TemporaryDirectory() as temp:
            tuned, inputs = pathlib.Path(temp) / "tuned.onnx", inputs_of(folder)
            command = [args.metainit.resolve(), "run", folder / "model.onnx", "-o", tuned, "--candidates", "orthogonal", "--no-trial", "-q", "--json"]
            report = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
            weights = [t["name"] for t in report["tensors"]]
            try:
                take(args.program, folder / "model.onnx", inputs, weights)
            except Exception as error:  # the program's own limits
                print(f"{folder.name} | not taken before it is tuned either: {reason(error)}", flush=True)
                continue
            try:
                text, difference = take(args.program, tuned, inputs, weights)
            except Exception as error:
                text, difference = reason(error), numpy.inf
        bad = not difference <= 1e-5
        wrong = wrong or bad
        print(f"{folder.name} | {'WRONG: ' if bad else ''}{text}", flush=True)
    raise SystemExit(wrong)


if __name__ == "__main__":
    main()
