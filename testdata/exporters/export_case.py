"""What the export scripts of this folder share: the command line, and how a case is written."""
import argparse
import pathlib

import numpy
import onnx
import onnxruntime

FLOATS = {"tensor(float)", "tensor(double)", "tensor(float16)"}


def save_inputs_and_output(folder, inputs):
    """Write NAME.npy of each input and output.npy: ONNX Runtime's first floating-point output of folder/model.onnx, as float32.

    inputs is a list in the order of the model's inputs, or a dict by name.
    """
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    if not isinstance(inputs, dict):
        inputs = dict(zip(names, inputs, strict=True))
    for name, array in inputs.items():
        numpy.save(folder / f"{name.replace('/', '_').replace(':', '_')}.npy", array)
    output = next(o.name for o in session.get_outputs() if o.type in FLOATS)
    numpy.save(folder / "output.npy", session.run([output], inputs)[0].astype(numpy.float32))


def strip(path):
    """Take out what exporters write for debugging: the source files and lines of every node."""
    model = onnx.load(path)
    for graph in [model.graph, *model.functions]:
        for item in [graph, *graph.node, *graph.value_info, *getattr(graph, "initializer", [])]:
            item.ClearField("metadata_props")
            item.ClearField("doc_string")
    onnx.save(model, path)


def main(exporter, description, small, large, write):
    """Run a script: write(folder, case) makes model.onnx of a case of small or large and returns its inputs.

    A model that cannot be exported is named with its error, and the others are still written.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir", type=pathlib.Path, help="each model becomes a folder of it")
    parser.add_argument("names", nargs="*", help="models; all if none is given")
    parser.add_argument("--small", action="store_true", help="the small models, a few kilobytes each")
    args = parser.parse_intermixed_args()
    cases = small if args.small else large
    failed = []
    for name in args.names or cases:
        folder = args.outdir / f"{exporter}_{name}"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            inputs = write(folder, cases[name])
            if args.small:
                strip(folder / "model.onnx")
            save_inputs_and_output(folder, inputs)
        except Exception as error:  # the exporter's own limits, one model at a time
            failed.append(f"{name}: {type(error).__name__}: {str(error).strip()[:400]}")
            print("FAILED", failed[-1], flush=True)
            continue
        print(f"{folder.name}: {(folder / 'model.onnx').stat().st_size} bytes", flush=True)
    if failed:
        raise SystemExit(f"{len(failed)} of {len(args.names or cases)} models failed")
