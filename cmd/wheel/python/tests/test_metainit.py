"""Tests of the Python package, with PyTorch: python3 test_metainit.py MODEL.onnx, with the package and testdata/exporters on the path."""

import os
import sys
import tempfile
import unittest
from unittest import mock

import torch
from torch import nn

import metainit
import metainit._torch
import round_trip_models

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


class Tune(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)

    def tuned(self, model, x):
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
        for name, (make, x) in round_trip_models.MODELS.items():
            with self.subTest(name):
                self.tuned(make(), x)

    def test_plain_exports(self):
        """Exported as PyTorch's documentation has it: only batch normalization cannot come back, which is said."""

        def plain(model, inputs, path, names):
            torch.onnx.export(model, inputs, path, input_names=names, opset_version=17)

        for name, (make, x) in round_trip_models.MODELS.items():
            with self.subTest(name), mock.patch.object(metainit._torch, "export", plain):
                model = make()
                if any(isinstance(m, nn.BatchNorm2d) for m in model.modules()):
                    with self.assertRaisesRegex(metainit.Error, "batch normalization was folded into convolutions: export from PyTorch with"):
                        self.tuned(model, x)
                else:
                    self.tuned(model, x)

    def test_put_back(self):
        """What goes wrong leaves the model as it was."""
        make, x = round_trip_models.MODELS["MLP"]
        model = make()
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
