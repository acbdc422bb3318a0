#!/usr/bin/env python3
"""Check rewritten ONNX models against ONNX and ONNX Runtime.

    python3 onnxruntime.py MANIFEST.json

The manifest is a list of cases; its paths are relative to its own folder:

    [{"in": "model.onnx", "out": "model.metainit.onnx",
      "inputs": {"input": "input.npy"}, "output_name": "output", "output": "ours.npy"}, ...]

"out" passes if the ONNX checker accepts it, shapes included; it is "in" but for one metadata entry more and for
float tensors of 2 or more axes, each one a multiple of what it was; and ONNX Runtime, run on the inputs, gives
"output" within 1e-4 of its largest absolute value. "output_name" may be left out: the first output.
Needs onnx, onnxruntime and numpy. Exit status: 0 all passed, 1 some failed, 2 no such manifest.
"""
import json
import os
import sys

# This file's own folder comes first on the path, where "onnxruntime" would be this file.
sys.path[:] = [p for p in sys.path if os.path.realpath(p or ".") != os.path.dirname(os.path.realpath(__file__))]

import numpy
import onnx
import onnx.numpy_helper
import onnxruntime

OUTPUT_TOLERANCE = 1e-4
# Half a unit in the last place of the stored type, and a little for the rounding of the factor.
SCALE_TOLERANCE = {
    onnx.TensorProto.DOUBLE: 2**-51, onnx.TensorProto.FLOAT: 2**-22,
    onnx.TensorProto.FLOAT16: 2**-10, onnx.TensorProto.BFLOAT16: 2**-7,
}
PAYLOADS = ("raw_data", "float_data", "double_data", "int32_data")


class Failure(Exception):
    pass


def require(condition, message):
    if not condition:
        raise Failure(message)


def tensors(graph):
    """The tensors that may be rescaled: initializers, and the values of Constant nodes, of a graph and its subgraphs."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                yield attribute.t
            for subgraph in [attribute.g] * attribute.HasField("g") + list(attribute.graphs):
                yield from tensors(subgraph)


def check_scaled(before, after):
    """after = factor · before, element by element."""
    a = onnx.numpy_helper.to_array(before).astype(numpy.float64).ravel()
    b = onnx.numpy_helper.to_array(after).astype(numpy.float64).ravel()
    require(a.shape == b.shape, f"{before.name}: {a.size} elements became {b.size}")
    square = a @ a
    factor = a @ b / square if square > 0 else 1.0
    # Half precision may round a small element to a subnormal, whose absolute error is bounded instead.
    smallest = 2.0**-24 if before.data_type == onnx.TensorProto.FLOAT16 else 0.0
    bound = SCALE_TOLERANCE[before.data_type] * abs(factor * a) + smallest
    require(bool(numpy.all(abs(b - factor * a) <= bound)), f"{before.name}: not a multiple of the original tensor")


def check_structure(before, after):
    """Equal models but for one metadata entry and the payloads of scaled tensors; both models are consumed."""
    kept = len(before.metadata_props)
    require(len(after.metadata_props) == kept + 1, f"metadata entries: expected {kept + 1}, got {len(after.metadata_props)}")
    del after.metadata_props[kept:]

    for a, b in zip(list(tensors(before.graph)), list(tensors(after.graph))):
        if a.data_type not in SCALE_TOLERANCE or len(a.dims) < 2 or a.SerializeToString() == b.SerializeToString():
            continue
        require(a.dims == b.dims and a.data_type == b.data_type, f"{a.name}: shape or type changed")
        fields, got = ([field.name for field, _ in t.ListFields()] for t in (a, b))
        require(fields == got, f"{a.name}: fields {fields} became {got}")
        check_scaled(a, b)
        for field in PAYLOADS:
            a.ClearField(field)
            b.ClearField(field)
    require(before.SerializeToString(deterministic=True) == after.SerializeToString(deterministic=True),
            "the files differ in more than metadata and weights")


def check_output(path, inputs, output_name, ours):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    theirs = session.run([output_name or session.get_outputs()[0].name], inputs)[0]
    require(ours.shape == theirs.shape, f"output: ONNX Runtime gives shape {theirs.shape}, ours is {ours.shape}")
    error, scale = numpy.max(abs(ours - theirs), initial=0), numpy.max(abs(theirs), initial=0)
    require(bool(error <= OUTPUT_TOLERANCE * scale), f"output: differs from ONNX Runtime's by {error:.3g} of {scale:.3g}")


def check(case, folder):
    path = lambda name: os.path.join(folder, name)
    onnx.checker.check_model(path(case["out"]), full_check=True)
    check_structure(onnx.load(path(case["in"])), onnx.load(path(case["out"])))
    inputs = {name: numpy.load(path(file)) for name, file in case["inputs"].items()}
    check_output(path(case["out"]), inputs, case.get("output_name"), numpy.load(path(case["output"])))


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(sys.argv[1]) as file:
            cases = json.load(file)
    except (OSError, ValueError) as trouble:
        print(f"{sys.argv[1]}: {trouble}", file=sys.stderr)
        return 2
    failed = 0
    for case in cases:
        try:
            check(case, os.path.dirname(sys.argv[1]))
        except Exception as trouble:  # the checker and the runtime raise types of their own; the next case is still due
            failed += 1
            print(f"{case.get('out', case)}: {type(trouble).__name__}: {trouble}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
