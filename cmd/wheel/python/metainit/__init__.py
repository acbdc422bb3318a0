"""Norms for the weights of a model with which it trains better, found before it is trained.

    import metainit
    report = metainit.tune_(model, x)   # a torch.nn.Module or a keras.Model, in place

Everything else is the command `metainit`, which comes with this package: run, trial, apply, gq, inspect and diff take its arguments
and its flags (`candidates="he,lsuv"` for `--candidates he,lsuv`, lists for flags that are repeated) and return what it prints with
--json. `python -m metainit` is the command itself.
"""

import json
import os
import subprocess
import sys
import tempfile

from . import _safetensors

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
    """Tunes a torch.nn.Module or a keras.Model in place, and returns the report of run.

    The inputs are a batch as the model is called with; their shapes count, and their values are noise to the trials unless options
    give data. Afterwards the model must compute what the tuned ONNX file does, else it is put back and Error is raised. Keras needs
    tf2onnx on TensorFlow, and jax2onnx on JAX.
    """
    subject = _subject(model, inputs)
    with subject.evaluated(), tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        before = subject.state()
        try:
            subject.export(path("model.onnx"))
            _safetensors.write(path("model.safetensors"), before)
            report = run(path("model.onnx"), path("tuned.onnx"), weights=path("model.safetensors"), weights_out=path("tuned.safetensors"), **options)
            if report["output"]:
                subject.load(_safetensors.read(path("tuned.safetensors")))
                _verify(subject, path, options)
            report["output"] = ""  # the files are gone
            return report
        except BaseException:
            subject.load({name: bytearray(raw) for name, (_, _, raw) in before.items()})
            raise


def _subject(model, inputs):
    """Returns what tune_ does with models of the framework."""
    torch, keras = sys.modules.get("torch"), sys.modules.get("keras")
    if keras is not None and isinstance(model, keras.Model):
        if int(keras.__version__.split(".")[0]) < 3:
            raise Error(f"tune_ takes models of Keras 3, not {keras.__version__}")
        from ._keras import Model

        return Model(model, inputs)
    if torch is not None and isinstance(model, torch.nn.Module):
        from ._torch import Module

        return Module(model, inputs)
    raise Error(f"tune_ takes a torch.nn.Module or a keras.Model, not {type(model).__name__}; export other models to ONNX, and use run with weights=")


def _verify(subject, path, options):
    """Compares what the model computes with what metainit computes of the tuned file."""
    import numpy

    flags = []
    for name, x in subject.arrays.items():
        numpy.save(path(name + ".npy"), x)
        flags.append(f"{name}:{path(name + '.npy')}")
    chosen = {key: options[key] for key in ("output_name", "loss", "class_axis") if key in options}
    gq(path("tuned.onnx"), input=flags, forward=path("forward.npy"), progress=False, **chosen)
    got, want, kind = subject.compute(), numpy.load(path("forward.npy")), subject.kind
    if got.shape != want.shape:
        raise Error(f"the {kind} gives {got.shape}, and the tuned file {want.shape}; the {kind} is as it was")
    difference = numpy.abs(got - want).max() / max(numpy.abs(want).max(), 1e-30)
    if not difference <= 1e-3:
        raise Error(f"the {kind} computes something else than the tuned file (by {difference:.1e}); it is as it was")
