"""Norms for the weights of a model with which it trains better, found before it is trained.

    import metainit
    report = metainit.tune_(model, x)   # a torch.nn.Module, in place

Everything else is the command `metainit`, which comes with this package: run, trial, apply, gq, inspect and diff take its arguments
and its flags (`candidates="he,lsuv"` for `--candidates he,lsuv`, lists for flags that are repeated) and return what it prints with
--json. `python -m metainit` is the command itself.
"""

import json
import os
import struct
import subprocess
import sys
import tempfile

__all__ = ["Error", "apply", "binary", "diff", "gq", "inspect", "run", "trial", "tune_"]


class Error(Exception):
    """What the command said, and its exit status."""

    def __init__(self, message, status=1):
        super().__init__(message)
        self.status = status


def binary():
    """Returns the path of the command."""
    name = "metainit.exe" if os.name == "nt" else "metainit"
    return os.environ.get("METAINIT", os.path.join(os.path.dirname(__file__), "bin", name))


def _flags(options):
    for name, value in options.items():
        flag = "--" + name.strip("_").replace("_", "-")
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if item is True:
                yield flag
            elif item is not None and item is not False:
                yield from (flag, os.fspath(item) if isinstance(item, os.PathLike) else str(item))


def _call(command, files, options, fine=(0,)):
    """Runs a command and returns its JSON. What it says on the way goes to sys.stderr, if `progress` is not false."""
    shown = options.pop("progress", True)
    if not os.path.exists(binary()):
        raise Error(f"there is no command at {binary()}: install the wheel of this system, or set METAINIT to where it is")
    args = [binary(), command, *map(os.fspath, files), "--json", *([] if shown else ["--quiet"]), *_flags(options)]
    with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8") as process:
        said = []
        try:
            for line in process.stderr:
                said.append(line)
                if shown and not line.startswith("metainit: "):
                    print(line, end="", file=sys.stderr, flush=True)
            out = process.stdout.read()
        except KeyboardInterrupt:
            process.wait()
            raise
    if process.returncode not in fine:
        message = "".join(line for line in said if line.startswith("metainit: ")) or "".join(said)
        raise Error(message.removeprefix("metainit: ").strip(), process.returncode)
    return json.loads(out)


def run(model, out=None, **options):
    """Tunes an ONNX file and returns the report; report["output"] is the file that is written, "" if none is."""
    return _call("run", [model], {"output": out, **options}, fine=(0, 3))


def trial(*models, **options):
    """Trains candidates for the norms of a model, or the weights of several files, for a while, and compares."""
    return _call("trial", models, options)


def apply(tuned, target, out=None, **options):
    """Rescales another file as a model was tuned: .safetensors, or another export."""
    return _call("apply", [tuned, target], {"output": out, **options})


def gq(model, **options):
    """Measures an ONNX file: its loss, its gradient quotient, and the norms of its weights."""
    return _call("gq", [model], options)


def inspect(model, **options):
    """Says what the inputs and the tensors of an ONNX file are taken for."""
    return _call("inspect", [model], options)


def diff(a, b, **options):
    """Compares the tensors of two files."""
    return _call("diff", [a, b], options, fine=(0, 1))


def tune_(model, *inputs, **options):
    """Tunes a torch.nn.Module in place, and returns the report of run.

    The inputs are a batch as forward takes it; their shapes count, and their values are noise to the trials unless options give
    data. Afterwards the model must compute what the tuned ONNX file does, else it is put back and Error is raised.
    """
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(model, torch.nn.Module):
        raise Error(f"tune_ takes a torch.nn.Module, not {type(model).__name__}; export other models to ONNX, and use run with weights=")
    names = [f"x{i}" for i in range(len(inputs))]
    training = {module: module.training for module in model.modules()}
    before = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        try:
            model.eval()
            _export(torch, model, inputs, names, path("model.onnx"))
            _write_state(torch, before, path("model.safetensors"))
            report = run(path("model.onnx"), path("tuned.onnx"), weights=path("model.safetensors"), weights_out=path("tuned.safetensors"), **options)
            if report["output"]:
                _read_state(torch, model, path("tuned.safetensors"))
                _verify(torch, model, inputs, names, path, options)
            report["output"] = ""  # the files are gone
            return report
        except BaseException:
            with torch.no_grad():
                for name, tensor in model.state_dict().items():
                    tensor.copy_(before[name])
            raise
        finally:
            for module, mode in training.items():
                module.training = mode


def _export(torch, model, inputs, names, path):
    """Exports with names and batch normalization kept, by the newest exporter that there is."""
    import importlib.util
    import inspect as signatures

    known = signatures.signature(torch.onnx.export).parameters
    if "optimize" in known and importlib.util.find_spec("onnxscript"):
        torch.onnx.export(model, inputs, path, input_names=names, dynamo=True, optimize=False, verbose=False)
        return
    older = {"dynamo": False} if "dynamo" in known else {}
    torch.onnx.export(model, inputs, path, input_names=names, opset_version=17, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE, **older)


_DTYPES = {"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"}


def _write_state(torch, state, path):
    """Writes the floating-point tensors of a state as .safetensors."""
    header, parts, at = {}, [], 0
    for name, tensor in state.items():
        dtype = _DTYPES.get(str(tensor.dtype).removeprefix("torch."))
        if dtype is None:
            continue
        raw = tensor.detach().cpu().contiguous()
        raw = (raw.view(torch.int16) if dtype == "BF16" else raw).numpy().tobytes()
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [at, at + len(raw)]}
        parts.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def _read_state(torch, model, path):
    """Copies the tensors of a .safetensors file into a module."""
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name in header:
                begin, end = header[name]["data_offsets"]
                raw = bytearray(data[start + begin : start + end])
                if raw:
                    tensor.copy_(torch.frombuffer(raw, dtype=tensor.dtype).reshape(tensor.shape))


def _verify(torch, model, inputs, names, path, options):
    """Compares what the module computes with what metainit computes of the tuned file."""
    import numpy

    flags = []
    for name, x in zip(names, inputs):
        numpy.save(path(name + ".npy"), x.detach().cpu().numpy())
        flags.append(f"{name}:{path(name + '.npy')}")
    chosen = {key: options[key] for key in ("output_name", "loss", "class_axis") if key in options}
    gq(path("tuned.onnx"), input=flags, forward=path("forward.npy"), progress=False, **chosen)
    with torch.no_grad():
        got = model(*inputs)
    got = got[0] if isinstance(got, (tuple, list)) else got
    got, want = got.detach().cpu().float().numpy(), numpy.load(path("forward.npy"))
    if got.shape != want.shape:
        raise Error(f"the module gives {got.shape}, and the tuned file {want.shape}; the module is as it was")
    difference = numpy.abs(got - want).max() / max(numpy.abs(want).max(), 1e-30)
    if not difference <= 1e-3:
        raise Error(f"the module computes something else than the tuned file (by {difference:.1e}); it is as it was")
