"""What tune_ does with a keras.Model of Keras 3 on TensorFlow, JAX or PyTorch."""

import contextlib
from unittest import mock

import keras
import numpy


class Model:
    kind = "model"

    def __init__(self, model, inputs):
        self.model = model
        self.inputs = keras.tree.map_structure(lambda x: numpy.asarray(keras.ops.convert_to_numpy(x)), inputs)
        self.arrays = {f"x{i}": x for i, x in enumerate(keras.tree.flatten(self.inputs))}
        self.compute()  # Keras exports what has been called once, and builds lazy layers then

    @contextlib.contextmanager
    def evaluated(self):
        """Keras models are called with training=False where nothing else is said."""
        yield

    def _weights(self):
        """The weights by name: their paths, behind a number since these need not differ."""
        return {f"{i}/{weight.path}": weight for i, weight in enumerate(self.model.weights)}

    def state(self):
        """The tensors, (dtype, shape, bytes) by name."""
        return {name: (w.dtype, w.shape, keras.ops.convert_to_numpy(w).tobytes()) for name, w in self._weights().items()}

    def load(self, tensors):
        """Takes over the bytes of tensors by name."""
        for name, weight in self._weights().items():
            if tensors.get(name):
                weight.assign(numpy.frombuffer(tensors[name], keras.ops.convert_to_numpy(weight).dtype).reshape(weight.shape))

    def export(self, path):
        """Exports with batch normalization kept."""
        names = iter(self.arrays)
        if keras.backend.backend() == "torch":
            from . import _torch

            _torch.export(self.model, keras.tree.map_structure(keras.ops.convert_to_tensor, self.inputs), path, list(names))
            return
        signature = keras.tree.map_structure(lambda x: keras.InputSpec(shape=x.shape, dtype=str(x.dtype), name=next(names)), list(self.inputs))
        with unfolded():
            self.model.export(path, format="onnx", input_signature=signature, verbose=False)

    def compute(self):
        """The first output."""
        return keras.ops.convert_to_numpy(keras.tree.flatten(self.model(*self.inputs))[0]).astype("float32")


@contextlib.contextmanager
def unfolded():
    """On TensorFlow, has exporters leave batch normalization apart from convolutions: both Grappler and tf2onnx would fold it."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    from tf2onnx import optimizer, tf_loader

    as_it_is = mock.patch.object(tf_loader, "tf_optimize_grappler", lambda inputs, outputs, graph: graph)
    with as_it_is, mock.patch.dict(optimizer._optimizers):
        optimizer._optimizers.pop("optimize_transpose", None)
        yield
