"""What the scripts round_trips_….py share: a model is exported and tuned together with the framework's weights, and compared.

For every model and exporter, `metainit run --weights` rescales the ONNX file and the framework's state; the framework's model with
that state must give what ONNX Runtime gives of the tuned file, within 1e-5 of its largest element, and not what it gave before.
Prints a line each: equal, with the difference and how many tensors of the state were rescaled; refused, with the reason; not
exported, by the exporter's own fault; or WRONG. The exit status is 1 if anything is wrong.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy
import onnxruntime


def uneven(state):
    """Returns other values for arrays by name: matrices 0.5 to 2 times as large, so that every factor will differ, and vectors,
    which begin with zeros and ones, above that by up to 0.2."""
    rng = numpy.random.default_rng(7)
    change = lambda x: x * 2 ** rng.uniform(-1, 1) if x.ndim > 1 else x + 0.2 * rng.uniform(size=x.shape)
    return {name: numpy.ascontiguousarray(change(x), x.dtype) for name, x in state.items()}


def run(path, inputs):
    """What ONNX Runtime computes of a model."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(None, dict(zip((i.name for i in session.get_inputs()), inputs, strict=True)))[0]


def tune(binary, folder, inputs, before, compute):
    """Tunes model.onnx and model.safetensors of a folder; compute(path) is the framework's output with the state of a file."""
    model, tuned = folder / "model.onnx", folder / "tuned.onnx"
    command = [binary, "run", model, "--weights", folder / "model.safetensors", "--candidates", "orthogonal", "--no-trial", "-q", "--json", "-o", tuned]
    out = subprocess.run(command, capture_output=True, text=True, check=False)
    if out.returncode:
        return "refused: " + out.stderr.strip().split(": ", 2)[-1]
    tensors = json.loads(out.stdout)["weights"][0]["tensors"]
    want, got = run(tuned, inputs), compute(folder / "model.metainit.safetensors")
    difference, size = abs(got - want).max(), abs(want).max()
    if not difference <= 1e-5 * size or not abs(before - want).max() > 1e-3 * size:
        return f"WRONG: differs by {difference / size:.1e}"
    return f"equal within {difference / size:.0e}, {sum(t['factor'] != 1 for t in tensors)} of {len(tensors)} weights rescaled"


def main(description, models, exporters, export):
    """Run a script: export(folder, model, exporter) writes model.onnx and model.safetensors and returns the inputs and compute."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("metainit", type=pathlib.Path, help="the command")
    parser.add_argument("models", nargs="*", help="all if none is given")
    args = parser.parse_args()
    wrong = False
    for model in args.models or models:
        for exporter in exporters:
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                try:
                    inputs, compute = export(folder, model, exporter)
                    before = run(folder / "model.onnx", inputs)
                except Exception as error:  # an exporter that fails, or writes what ONNX Runtime cannot run, says nothing of metainit
                    text = f"not exported: {type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"
                else:
                    text = tune(args.metainit.resolve(), folder, inputs, before, compute)
            wrong = wrong or text.startswith("WRONG")
            print(f"{model} | {exporter} | {text}", flush=True)
    raise SystemExit(wrong)
