#!/usr/bin/env python3
"""Export Keras models by tf2onnx, the batch free.

    python3 export_tf2onnx.py OUTDIR [--small] [NAME...]

Needs tensorflow (tensorflow-cpu), tf2onnx, onnxruntime.
"""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf
import tf2onnx

import export_case
import keras_models


def write(folder, case):
    model, x = keras_models.make(case)
    spec = tf.TensorSpec((None, *case.shape), tf.int32 if case.ids else tf.float32, name="input")
    tf2onnx.convert.from_keras(model, [spec], opset=case.opset, output_path=str(folder / "model.onnx"))
    return [x]


if __name__ == "__main__":
    export_case.main("tf2onnx", __doc__, keras_models.SMALL, keras_models.LARGE, write)
