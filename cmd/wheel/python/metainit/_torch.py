"""What tune_ does with a torch.nn.Module."""

import contextlib
import importlib.util
import inspect

import torch


class Module:
    kind = "module"

    def __init__(self, model, inputs):
        self.model, self.inputs = model, inputs
        self.arrays = {f"x{i}": x.detach().cpu().numpy() for i, x in enumerate(inputs)}

    @contextlib.contextmanager
    def evaluated(self):
        """The module in eval(), and afterwards as it was."""
        training = {module: module.training for module in self.model.modules()}
        self.model.eval()
        try:
            yield
        finally:
            for module, mode in training.items():
                module.training = mode

    def state(self):
        """The tensors, (dtype, shape, bytes) by name."""
        state = {}
        for name, tensor in self.model.state_dict().items():
            raw = tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes()
            state[name] = str(tensor.dtype).removeprefix("torch."), tensor.shape, raw
        return state

    def load(self, tensors):
        """Takes over the bytes of tensors by name."""
        with torch.no_grad():
            for name, tensor in self.model.state_dict().items():
                if tensors.get(name):
                    tensor.copy_(torch.frombuffer(tensors[name], dtype=torch.uint8).view(tensor.dtype).reshape(tensor.shape))

    def export(self, path):
        export(self.model, self.inputs, path, list(self.arrays))

    def compute(self):
        """The first output."""
        with torch.no_grad():
            out = self.model(*self.inputs)
        return (out[0] if isinstance(out, (tuple, list)) else out).detach().cpu().float().numpy()


def export(model, inputs, path, names):
    """Exports with names and batch normalization kept, by the newest exporter that there is."""
    known = inspect.signature(torch.onnx.export).parameters
    if "optimize" in known and importlib.util.find_spec("onnxscript"):
        torch.onnx.export(model, inputs, path, input_names=names, dynamo=True, optimize=False, verbose=False)
        return
    older = {"dynamo": False} if "dynamo" in known else {}
    kept = {"do_constant_folding": False, "training": torch.onnx.TrainingMode.PRESERVE}
    torch.onnx.export(model, inputs, path, input_names=names, opset_version=17, **kept, **older)
