#!/usr/bin/env python3
"""Export scikit-learn models by skl2onnx.

    python3 export_skl2onnx.py OUTDIR [--small] [NAME...]

Needs skl2onnx, scikit-learn, onnxruntime.
"""
import dataclasses
import typing
import warnings

import numpy
import skl2onnx
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import export_case


@dataclasses.dataclass
class Case:
    model: typing.Any
    features: int
    targets: typing.Callable[[numpy.random.Generator, int], numpy.ndarray]


def classes(count):
    return lambda rng, rows: numpy.arange(rows) % count


def values(*axes):
    return lambda rng, rows: rng.normal(size=(rows, *axes))


def labels(count):
    return lambda rng, rows: (rng.normal(size=(rows, count)) > 0).astype(int)


def mlp(kind, *hidden, **options):
    return kind(hidden_layer_sizes=hidden, max_iter=20, random_state=0, **options)


def cases(*hidden, features):
    return {
        "classifier": Case(mlp(MLPClassifier, *hidden), features, classes(4)),
        "binary": Case(mlp(MLPClassifier, *hidden, activation="tanh"), features, classes(2)),
        "multilabel": Case(mlp(MLPClassifier, *hidden, activation="logistic"), features, labels(3)),
        "regressor": Case(mlp(MLPRegressor, *hidden, activation="tanh"), features, values()),
        "regressor_outputs": Case(mlp(MLPRegressor, *hidden), features, values(3)),
        "pipeline": Case(make_pipeline(StandardScaler(), mlp(MLPClassifier, *hidden)), features, classes(5)),
    }


def write(folder, case):
    rng = numpy.random.default_rng(0)
    x = rng.normal(size=(200, case.features)).astype(numpy.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        case.model.fit(x, case.targets(rng, len(x)))
    options = {"zipmap": False} if hasattr(case.model, "predict_proba") else {}
    proto = skl2onnx.to_onnx(case.model, x[:1], options=options)
    (folder / "model.onnx").write_bytes(proto.SerializeToString())
    return [x[:8]]


if __name__ == "__main__":
    export_case.main("skl2onnx", __doc__, cases(16, 12, features=10), cases(256, 128, 64, features=100), write)
