"""Tests of tune_ with Keras 3, on the backend that KERAS_BACKEND names, tensorflow, jax or torch: python3 test_keras.py, with the package on the path."""

import unittest
from unittest import mock

import keras
import numpy
from keras import layers

import metainit

SETTINGS = {"candidates": "orthogonal", "no_trial": True, "progress": False}


def convolutions():
    """As they are written most: no bias in front of batch normalization."""
    return keras.Sequential([
        layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(), layers.SeparableConv2D(8, 3, use_bias=False),
        layers.BatchNormalization(), layers.ReLU(), layers.GlobalAveragePooling2D(), layers.Dense(5)])


def recurrent():
    return keras.Sequential([layers.LSTM(8, return_sequences=True), layers.GRU(8), layers.Dense(4)])


def transformer():
    ids = keras.Input((6,), dtype="int32")
    x = layers.Embedding(20, 16)(ids)
    x = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 8)(x, x)]))
    return keras.Model(ids, layers.Dense(20)(layers.Dropout(0.5)(x)))


def two_inputs():
    a, b = keras.Input((5,)), keras.Input((3,))
    return keras.Model([a, b], layers.Dense(4)(layers.Concatenate()([layers.Dense(8, "tanh")(a), layers.Dense(8, "tanh")(b)])))


def noise(*shape):
    return numpy.random.default_rng(0).normal(size=shape).astype("float32")


class Tune(unittest.TestCase):
    def test_models(self):
        for make, inputs, weights in [
            (convolutions, noise(4, 9, 9, 1), 4),
            (recurrent, noise(4, 5, 6), 5),
            (transformer, numpy.arange(24, dtype="int32").reshape(4, 6) % 20, 5),
            (two_inputs, [noise(4, 5), noise(4, 3)], 3),
        ]:
            with self.subTest(make.__name__):
                keras.utils.set_random_seed(1)
                model = make()
                model(inputs)
                for weight in model.trainable_weights:
                    weight.assign(weight * 1.5)
                before = [numpy.array(w) for w in model.get_weights()]
                report = metainit.tune_(model, inputs, **SETTINGS)
                scaled = 0
                for weight, was, now in zip(model.weights, before, model.get_weights()):
                    factor = numpy.linalg.norm(now) / numpy.linalg.norm(was) if was.any() else 1
                    numpy.testing.assert_allclose(now, was * factor, rtol=1e-5, err_msg=weight.path)
                    scaled += abs(factor - 1) > 1e-4
                self.assertEqual(scaled, weights)
                self.assertEqual(report["output"], "")

    def test_older(self):
        with mock.patch.object(keras, "__version__", "2.15.0"), self.assertRaisesRegex(metainit.Error, "models of Keras 3, not 2.15.0"):
            metainit.tune_(convolutions(), noise(4, 9, 9, 1))

    def test_put_back(self):
        """What goes wrong leaves the model as it was."""
        model, x = convolutions(), noise(4, 9, 9, 1)
        model(x)
        before = model.get_weights()
        verify = metainit._verify

        def spoiled(*args):
            model.weights[0].assign(model.weights[0] * 2)
            verify(*args)

        # Behind batch normalization twice the weight is something else, for its statistics are stored.
        with mock.patch.object(metainit, "_verify", spoiled), self.assertRaisesRegex(metainit.Error, "model computes something else than the tuned file"):
            metainit.tune_(model, x, **SETTINGS)
        for was, now in zip(before, model.get_weights()):
            numpy.testing.assert_array_equal(was, now)


if __name__ == "__main__":
    unittest.main()
