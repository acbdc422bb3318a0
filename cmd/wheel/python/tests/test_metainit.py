"""Tests of the Python package, with PyTorch: python3 test_metainit.py MODEL.onnx, with the package on the path."""

import os
import sys
import tempfile
import unittest
from unittest import mock

import torch
from torch import nn

import metainit

MODEL = sys.argv.pop()


class Commands(unittest.TestCase):
    def test_reports(self):
        self.assertGreater(metainit.gq(MODEL, progress=False)["gq"], 0)
        self.assertEqual(metainit.inspect(MODEL)["tensors"][0]["role"], "weight")
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out.onnx")
            report = metainit.run(MODEL, out, candidates=["he"], no_trial=True, progress=False)
            self.assertEqual(report["output"], out)
            self.assertFalse(metainit.diff(MODEL, out)["same"])
            self.assertTrue(metainit.diff(MODEL, metainit.apply(out, MODEL, os.path.join(folder, "again.onnx"))["file"])["same"])
        self.assertIn(metainit.trial(MODEL, candidates="he", progress=False)["winner"], ("keep", "he"))

    def test_errors(self):
        with self.assertRaisesRegex(metainit.Error, "nowhere.onnx") as raised:
            metainit.gq("nowhere.onnx")
        self.assertEqual(raised.exception.status, 1)
        with self.assertRaises(metainit.Error) as raised:
            metainit.gq(MODEL, batch=0)
        self.assertEqual(raised.exception.status, 2)
        with self.assertRaisesRegex(metainit.Error, "torch.nn.Module or a keras.Model, not int"):
            metainit.tune_(3)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.out = nn.Embedding(20, 16), nn.Linear(16, 20, bias=False)
        self.layers = nn.Sequential(nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh())
        self.out.weight = self.emb.weight

    def forward(self, x):
        return self.out(self.layers(self.emb(x)))


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.rnn, self.head = kind(6, 8, batch_first=True, **options), nn.LazyLinear(4)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


def convolutions():
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))


class Tune(unittest.TestCase):
    def tuned(self, model, x):
        torch.manual_seed(1)
        model(x)  # lazy layers take their shapes
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        report = metainit.tune_(model, x, candidates="orthogonal", no_trial=True, progress=False)
        self.assertTrue(model.training)
        scaled = 0
        for name, p in model.named_parameters():
            factor = float(p.norm() / before[name].norm()) if before[name].norm() > 0 else 1.0
            self.assertTrue(torch.allclose(p, before[name] * factor, rtol=1e-5), name)
            scaled += abs(factor - 1) > 1e-4
        self.assertGreaterEqual(scaled, sum(abs(t["factor"] - 1) > 1e-4 for t in report["tensors"]))

    def test_models(self):
        for model, x in [
            (Tied(), torch.randint(0, 20, (4, 7))),
            (Recurrent(nn.LSTM, num_layers=2), torch.randn(4, 5, 6)),
            (Recurrent(nn.GRU, bidirectional=True), torch.randn(4, 5, 6)),
            (convolutions(), torch.randn(4, 1, 9, 9)),
        ]:
            with self.subTest(type(model).__name__):
                self.tuned(model, x)

    def test_put_back(self):
        """What goes wrong leaves the model as it was."""
        model, x = convolutions(), torch.randn(4, 1, 9, 9)
        before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        verify = metainit._verify

        def spoiled(*args):
            with torch.no_grad():
                model[0].weight.mul_(2)
            verify(*args)

        with mock.patch.object(metainit, "_verify", spoiled), self.assertRaisesRegex(metainit.Error, "module computes something else than the tuned file"):
            metainit.tune_(model, x, candidates="orthogonal", no_trial=True, progress=False)
        for name, tensor in model.state_dict().items():
            self.assertTrue(torch.equal(tensor, before[name]), name)


if __name__ == "__main__":
    unittest.main()
