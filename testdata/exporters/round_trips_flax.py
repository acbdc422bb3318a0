#!/usr/bin/env python3
"""Do tuned weights find their way back into Flax (nnx)?

    python3 round_trips_flax.py METAINIT [MODEL...]

From jax2onnx; round_trip.py says what is compared. Needs jax, flax, jax2onnx, safetensors and onnxruntime.
"""
import jax.numpy as jnp
import numpy
from flax import nnx
from safetensors.numpy import load_file, save_file

import export_jax2onnx
import round_trip


def arrays(model):
    """The floating-point arrays of a model by path, as nnx.update takes them back."""
    return {path: x for path, x in nnx.to_flat_state(nnx.state(model)) if jnp.issubdtype(x[...].dtype, jnp.floating)}


def update(model, state):
    """Takes over arrays by joined path."""
    new = arrays(model)
    for path, x in new.items():
        x[...] = jnp.asarray(state[".".join(map(str, path))])
    nnx.update(model, nnx.from_flat_state(new))


def export(folder, name, _):
    case = export_jax2onnx.SMALL[name]
    model, x = export_jax2onnx.make(case)
    model.eval()
    state = round_trip.uneven({".".join(map(str, path)): numpy.asarray(a[...]) for path, a in arrays(model).items()})
    update(model, state)
    export_jax2onnx.export(folder, case, model)
    save_file(state, folder / "model.safetensors")

    def compute(path):
        update(model, load_file(path))
        return numpy.asarray(model(jnp.asarray(x)))

    return [x], compute


if __name__ == "__main__":
    round_trip.main(__doc__, export_jax2onnx.SMALL, ["jax2onnx"], export)
