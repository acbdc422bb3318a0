"""The Keras models of the export scripts and of the round trips; they need no particular backend."""
import dataclasses
import typing

import keras
import numpy
from keras import applications, layers


@dataclasses.dataclass
class Case:
    build: typing.Callable[[], keras.Model]
    shape: tuple  # without the batch
    ids: int = 0  # of token ids; 0: the input is of floats
    opset: int = 17


def sequential(shape, *list):
    """A functional model: tf2onnx does not know the outputs of keras.Sequential."""
    first = x = keras.Input(shape)
    for layer in list:
        x = layer(x)
    return keras.Model(first, x)


def mlp(features, *hidden, classes):
    return sequential((features,), *(layers.Dense(h, "relu") for h in hidden), layers.Dense(classes, "softmax"))


def convnet(size, width, classes):
    """Channels last: ordinary, depthwise, separable and transposed convolutions, batch normalization, pooling of both kinds."""
    return sequential(
        (size, size, 3),
        layers.Conv2D(width, 3, padding="same", use_bias=False), layers.BatchNormalization(), layers.ReLU(6), layers.MaxPooling2D(),
        layers.DepthwiseConv2D(3, padding="same"), layers.Activation("swish"), layers.AveragePooling2D(2),
        layers.SeparableConv2D(2 * width, 3, strides=2, padding="same"), layers.Activation("elu"),
        layers.Conv2DTranspose(width, 2, strides=2), layers.LeakyReLU(), layers.GlobalAveragePooling2D(), layers.Dense(classes))


def recurrent(length, features, width, classes):
    """LSTM in both directions, then GRU."""
    return sequential(
        (length, features),
        layers.Bidirectional(layers.LSTM(width, return_sequences=True)), layers.GRU(width), layers.Dense(classes))


def gelu(x):
    """By Tanh: tf2onnx leaves TensorFlow's Erfc of the exact one in the model, which ONNX has not."""
    return keras.activations.gelu(x, approximate=True)


def transformer(tokens, length, width, heads, depth, classes):
    ids = keras.Input((length,), dtype="int32")
    x = layers.Embedding(tokens, width)(ids)
    for _ in range(depth):
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(heads, width // heads)(y, y)])
        y = layers.Dense(2 * width, gelu)(layers.LayerNormalization()(x))
        x = layers.Add()([x, layers.Dense(width)(y)])
    return keras.Model(ids, layers.Dense(classes)(layers.GlobalAveragePooling1D()(x)))


def unet(size, width, classes):
    x = keras.Input((size, size, 3))
    down = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
    bottom = layers.Conv2D(2 * width, 3, padding="same", activation="relu")(layers.MaxPooling2D()(down))
    up = layers.UpSampling2D(interpolation="bilinear")(bottom)
    return keras.Model(x, layers.Conv2D(classes, 1)(layers.Concatenate()([down, up])))


def conv1d(length, features, width, classes):
    return sequential(
        (length, features),
        layers.Conv1D(width, 3, dilation_rate=2, padding="causal", activation="tanh"), layers.MaxPooling1D(),
        layers.Conv1D(width, 3, padding="same", activation="selu"), layers.Flatten(), layers.Dense(classes, "sigmoid"))


SMALL = {
    "mlp": Case(lambda: mlp(10, 16, 12, classes=4), (10,)),
    "convnet": Case(lambda: convnet(16, 8, 5), (16, 16, 3)),
    "recurrent": Case(lambda: recurrent(5, 6, 8, 5), (5, 6)),
    "transformer": Case(lambda: transformer(30, 6, 16, 2, 1, 5), (6,), 30),
    "unet": Case(lambda: unet(8, 6, 3), (8, 8, 3), opset=13),
    "conv1d": Case(lambda: conv1d(16, 4, 8, 3), (16, 4), opset=11),
}

LARGE = {
    "mlp": Case(lambda: mlp(784, 512, 256, classes=10), (784,)),
    "recurrent": Case(lambda: recurrent(20, 32, 64, 10), (20, 32)),
    "transformer": Case(lambda: transformer(1000, 32, 128, 4, 4, 10), (32,), 1000),
    **{name: Case(lambda build=build: build(weights=None, input_shape=(96, 96, 3), classifier_activation=None), (96, 96, 3)) for name, build in {
        "resnet50": applications.ResNet50, "mobilenet_v2": applications.MobileNetV2, "mobilenet_v3": applications.MobileNetV3Small,
        "efficientnet_b0": applications.EfficientNetB0, "densenet121": applications.DenseNet121, "xception": applications.Xception,
        "inception_v3": applications.InceptionV3}.items()},
}


def make(case, batch=2):
    """Returns the model of a case, its batch normalization away from 0 and 1, and an input."""
    keras.utils.set_random_seed(0)
    model = case.build()
    rng, shape = numpy.random.default_rng(0), (batch, *case.shape)
    x = rng.integers(0, case.ids, shape).astype(numpy.int32) if case.ids else rng.normal(size=shape).astype(numpy.float32)
    normalizations = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    for layer in normalizations:
        layer.momentum = 0.9
    samples = rng.normal(size=(16, *case.shape)).astype(numpy.float32)
    for _ in normalizations and range(8):  # half-way to the statistics of such inputs: with those themselves a deep untrained network is chaotic
        model(samples, training=True)
    return model, x
