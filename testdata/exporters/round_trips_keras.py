#!/usr/bin/env python3
"""Do tuned weights find their way back into Keras 3?

    KERAS_BACKEND=tensorflow python3 round_trips_keras.py METAINIT [MODEL...]

From Keras's own export, on the backend that is named; on TensorFlow from tf2onnx too, and from both with batch normalization kept, as
tune_ exports. round_trip.py says what is compared. Needs keras, safetensors and onnxruntime, and tensorflow with tf2onnx, jax with
jax2onnx, or torch with onnxscript.
"""
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "cmd/wheel/python"))

import keras
import numpy
from keras import layers
from safetensors.numpy import load_file, save_file

import keras_models
import round_trip
from metainit._keras import unfolded

MODELS = keras_models.SMALL | {
    "batch normalization": keras_models.Case(lambda: keras_models.sequential(
        (12, 12, 3),
        layers.Conv2D(8, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
        layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False), layers.BatchNormalization(), layers.ReLU(),
        layers.GlobalAveragePooling2D(), layers.Dense(10)), (12, 12, 3)),
    "lstm": keras_models.Case(lambda: keras_models.sequential(
        (7, 8), layers.LSTM(16, return_sequences=True), layers.LSTM(16), layers.Dense(5)), (7, 8)),
}


def own(model, x, path):
    model.export(path, format="onnx", input_signature=[keras.InputSpec(shape=x.shape, dtype=str(x.dtype), name="x")], verbose=False)


def tf2onnx(model, x, path):
    import tensorflow
    import tf2onnx

    tf2onnx.convert.from_keras(model, [tensorflow.TensorSpec((None, *x.shape[1:]), x.dtype, name="x")], opset=17, output_path=path)


def kept(exporter):
    def export(*args):
        with unfolded():
            exporter(*args)

    return export


EXPORTERS = {"model.export": own}
if keras.backend.backend() == "tensorflow":
    EXPORTERS |= {"tf2onnx": tf2onnx, "model.export, batch normalization kept": kept(own), "tf2onnx, batch normalization kept": kept(tf2onnx)}


def export(folder, name, exporter):
    model, x = keras_models.make(MODELS[name])
    model(x)
    weights = {w.path: w for w in model.weights}
    state = round_trip.uneven({path: keras.ops.convert_to_numpy(w) for path, w in weights.items()})

    def load(arrays):
        for path, weight in weights.items():
            weight.assign(arrays[path])

    load(state)
    EXPORTERS[exporter](model, x, str(folder / "model.onnx"))
    save_file(state, folder / "model.safetensors")

    def compute(path):
        load(load_file(path))
        return keras.ops.convert_to_numpy(model(x))

    return [x], compute


if __name__ == "__main__":
    round_trip.main(__doc__, MODELS, EXPORTERS, export)
