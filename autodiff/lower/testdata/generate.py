#!/usr/bin/env python3
"""Makes the operator cases that the tests of package lower run.

    generate.py operators.tar.gz

Every case is a folder of the archive: `model.onnx`, and `data.npy` with what goes in and has to come out, one .npy after
the other, all of float64 whatever the model's own types are.

  - `onnx/…`: the node tests of the ONNX package, those with numbers only, up to 16 KiB.
  - `runtime/…`: small models of operators and versions that those do not cover; ONNX Runtime says what comes out.

Needs onnx, onnxruntime and numpy.
"""
import argparse
import gzip
import io
import tarfile
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

LIMIT = 16 << 10


def numbers(a):
    """The array as float64; None if it holds no real numbers."""
    if isinstance(a, TensorProto):
        a = numpy_helper.to_array(a)
    if not isinstance(a, (np.ndarray, np.generic, int, float)):
        return None
    a = np.asarray(a)
    if a.dtype.kind in "OUSc":
        return None
    try:
        return a.astype(np.float64)
    except (TypeError, ValueError):
        return None


def write(archive, folder, model, inputs, outputs):
    data = io.BytesIO()
    for a in [*inputs, *outputs]:
        np.save(data, np.asarray(a, order="C"))
    for name, content in (("model.onnx", model.SerializeToString()), ("data.npy", data.getvalue())):
        info = tarfile.TarInfo(f"{folder}/{name}")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))


def node_cases(archive):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in sorted(cases, key=lambda c: c.name):
        if case.model is None or not case.data_sets or "_expanded" in case.name:
            continue
        inputs, outputs = (list(map(numbers, side)) for side in case.data_sets[0])
        if any(a is None for a in inputs + outputs) or any("ml" in d.domain or "preview" in d.domain for d in case.model.opset_import):
            continue
        if sum(a.nbytes for a in inputs + outputs) + case.model.ByteSize() > LIMIT:
            continue
        write(archive, "onnx/" + case.name.removeprefix("test_"), case.model, inputs, outputs)


def rng(*shape, seed=0, dtype=np.float32):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


def i64(*values):
    return np.array(values, dtype=np.int64)


X = rng(2, 3, 4)
IMAGE = rng(2, 3, 7, 6)

# name, opset, operator, inputs, attributes, number of outputs
CASES = [
    ("div_int", 13, "Div", [i64(7, -7, 7, -7), i64(2, 2, -2, -2)], {}, 1),
    ("cast_to_int", 13, "Cast", [X * 5], dict(to=TensorProto.INT64), 1),
    ("softmax_old_axis1", 11, "Softmax", [X], dict(axis=1), 1),
    ("softmax_old_default", 9, "Softmax", [X], {}, 1),
    ("softmax_old_last", 11, "Softmax", [X], dict(axis=2), 1),
    ("logsoftmax_old", 11, "LogSoftmax", [X], dict(axis=1), 1),
    ("hardmax_old", 11, "Hardmax", [X], dict(axis=1), 1),
    ("slice_old", 9, "Slice", [X], dict(starts=[0, -3], ends=[2, 100], axes=[0, 2]), 1),
    ("slice_backwards", 13, "Slice", [X, i64(-1, 3), i64(-100, 0), i64(1, 2), i64(-1, -2)], {}, 1),
    ("squeeze_old", 11, "Squeeze", [rng(1, 3, 1, 2)], dict(axes=[0, 2]), 1),
    ("squeeze_all", 13, "Squeeze", [rng(1, 3, 1, 2)], {}, 1),
    ("unsqueeze_old", 11, "Unsqueeze", [X], dict(axes=[0, 4]), 1),
    ("unsqueeze_negative", 13, "Unsqueeze", [X, i64(-1, 1)], {}, 1),
    ("reshape_zero", 13, "Reshape", [X, i64(0, -1)], {}, 1),
    ("reshape_allowzero", 14, "Reshape", [rng(0, 3, 4), i64(3, 0, 4)], dict(allowzero=1), 1),
    ("split_old", 11, "Split", [X], dict(axis=2, split=[1, 3]), 2),
    ("split_uneven", 18, "Split", [rng(2, 7)], dict(axis=1, num_outputs=3), 3),
    ("pad_old", 9, "Pad", [X], dict(pads=[0, 1, 0, 1, 0, 2], value=1.5), 1),
    ("pad_old_reflect", 9, "Pad", [X], dict(pads=[0, 1, 2, 0, 1, 1], mode="reflect"), 1),
    ("pad_crop", 13, "Pad", [X, i64(0, -1, 1, 0, 0, -2)], {}, 1),
    ("clip_old", 6, "Clip", [X], dict(min=-0.5, max=0.25), 1),
    ("clip_only_max", 13, "Clip", [X, None, np.float32(0.5)], {}, 1),
    ("dropout_old", 7, "Dropout", [X], dict(ratio=0.3), 1),
    ("reduce_sum_old", 11, "ReduceSum", [X], dict(axes=[0, -1], keepdims=0), 1),
    ("reduce_max_two", 13, "ReduceMax", [X], dict(axes=[0, 2]), 1),
    ("reduce_prod_odd", 13, "ReduceProd", [rng(2, 7, 3)], dict(axes=[1], keepdims=0), 1),
    ("reduce_mean_all", 13, "ReduceMean", [X], dict(keepdims=0), 1),
    ("gemm_transposed", 13, "Gemm", [rng(4, 2), rng(3, 4), rng(3)], dict(transA=1, transB=1, alpha=0.5, beta=2.0), 1),
    ("gemm_column_c", 13, "Gemm", [rng(2, 4), rng(4, 3), rng(2, 1)], {}, 1),
    ("matmul_vector", 13, "MatMul", [rng(4), rng(2, 4, 3)], {}, 1),
    ("matmul_batches", 13, "MatMul", [rng(2, 1, 3, 4), rng(5, 4, 2)], {}, 1),
    ("einsum_attention", 13, "Einsum", [rng(2, 3, 4, 5), rng(2, 6, 4, 5)], dict(equation="bqhd,bkhd->bhqk"), 1),
    ("einsum_three", 13, "Einsum", [rng(2, 3), rng(3, 4), rng(4, 2)], dict(equation="ab,bc,ca->a"), 1),
    ("einsum_diagonal", 13, "Einsum", [rng(3, 3, 2)], dict(equation="iij->j"), 1),
    ("einsum_implicit", 13, "Einsum", [rng(3, 2), rng(2, 4)], dict(equation="ik, kj"), 1),
    ("conv1d", 13, "Conv", [rng(2, 4, 9), rng(6, 2, 3), rng(6)], dict(group=2, strides=[2], pads=[2, 1], dilations=[2]), 1),
    ("conv3d", 13, "Conv", [rng(1, 2, 4, 5, 4), rng(3, 2, 2, 3, 2)], dict(pads=[1, 0, 1, 0, 1, 1]), 1),
    ("conv_same_upper", 13, "Conv", [IMAGE, rng(2, 3, 3, 2)], dict(auto_pad="SAME_UPPER", strides=[2, 2]), 1),
    ("conv_same_lower", 13, "Conv", [IMAGE, rng(2, 3, 2, 3)], dict(auto_pad="SAME_LOWER"), 1),
    ("conv_depthwise", 13, "Conv", [IMAGE, rng(3, 1, 3, 3)], dict(group=3, pads=[1, 1, 1, 1]), 1),
    ("convtranspose_group", 13, "ConvTranspose", [rng(2, 4, 3, 4), rng(4, 3, 3, 2), rng(6)],
     dict(group=2, strides=[2, 3], pads=[1, 0, 0, 1], output_padding=[1, 2], dilations=[1, 2]), 1),
    ("convtranspose_gap", 13, "ConvTranspose", [rng(1, 2, 3), rng(2, 1, 2)], dict(strides=[4], output_padding=[3]), 1),
    ("convtranspose_shape", 13, "ConvTranspose", [rng(1, 2, 3, 3), rng(2, 1, 3, 3)], dict(strides=[2, 2], output_shape=[6, 7]), 1),
    ("convtranspose_same", 13, "ConvTranspose", [rng(1, 2, 3, 3), rng(2, 1, 3, 3)], dict(strides=[2, 2], auto_pad="SAME_UPPER"), 1),
    ("maxpool_ceil", 12, "MaxPool", [IMAGE], dict(kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0], ceil_mode=1), 1),
    ("maxpool_dilated", 12, "MaxPool", [IMAGE], dict(kernel_shape=[2, 2], dilations=[2, 3]), 1),
    ("maxpool_1d_same", 12, "MaxPool", [rng(1, 2, 7)], dict(kernel_shape=[3], strides=[2], auto_pad="SAME_LOWER"), 1),
    ("averagepool_ceil", 11, "AveragePool", [IMAGE], dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1), 1),
    ("averagepool_include", 11, "AveragePool", [IMAGE], dict(kernel_shape=[3, 2], pads=[1, 1, 0, 0], count_include_pad=1), 1),
    ("averagepool_ceil_include", 19, "AveragePool", [rng(1, 1, 6)], dict(kernel_shape=[3], strides=[2], pads=[1, 1], ceil_mode=1, count_include_pad=1), 1),
    ("averagepool_3d", 11, "AveragePool", [rng(1, 2, 4, 4, 4)], dict(kernel_shape=[2, 2, 2], strides=[2, 1, 2]), 1),
    ("lppool", 11, "LpPool", [IMAGE], dict(kernel_shape=[2, 2], p=3), 1),
    ("globallppool", 2, "GlobalLpPool", [IMAGE], dict(p=2), 1),
    ("batchnorm_9", 9, "BatchNormalization", [IMAGE, rng(3), rng(3, seed=1), rng(3, seed=2), np.abs(rng(3, seed=3)) + 0.5], dict(epsilon=1e-3), 1),
    ("batchnorm_2d", 15, "BatchNormalization", [rng(4, 3), rng(3), rng(3, seed=1), rng(3, seed=2), np.abs(rng(3, seed=3)) + 0.5], {}, 1),
    ("layernorm_axis1", 17, "LayerNormalization", [X, rng(3, 4), rng(3, 4, seed=1)], dict(axis=1), 1),
    ("instancenorm_1d", 6, "InstanceNormalization", [X, rng(3), rng(3, seed=1)], {}, 1),
    ("groupnorm_21", 21, "GroupNormalization", [rng(2, 6, 5), rng(6), rng(6, seed=1)], dict(num_groups=3), 1),
    ("lrn", 13, "LRN", [rng(2, 6, 3, 3)], dict(size=3, alpha=0.1, beta=0.6, bias=1.5), 1),
    ("upsample_7", 7, "Upsample", [IMAGE], dict(scales=[1.0, 1.0, 2.0, 1.5]), 1),
    ("upsample_9_linear", 9, "Upsample", [IMAGE, np.array([1, 1, 2, 3], np.float32)], dict(mode="linear"), 1),
    ("resize_10", 10, "Resize", [IMAGE, np.array([1, 1, 1.5, 0.5], np.float32)], {}, 1),
    ("resize_align", 13, "Resize", [IMAGE, None, None, i64(2, 3, 11, 4)], dict(mode="linear", coordinate_transformation_mode="align_corners"), 1),
    ("resize_pytorch", 13, "Resize", [IMAGE, None, np.array([1, 1, 2, 2], np.float32)], dict(mode="linear", coordinate_transformation_mode="pytorch_half_pixel"), 1),
    ("resize_nearest_floor", 13, "Resize", [IMAGE, None, np.array([1, 1, 2, 3], np.float32)],
     dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"), 1),
    ("resize_cubic", 13, "Resize", [IMAGE, None, np.array([1, 1, 2, 1.5], np.float32)], dict(mode="cubic"), 1),
    ("gather_negative", 13, "Gather", [X, np.array([[0, -1], [2, 1]], np.int64)], dict(axis=1), 1),
    ("gather_elements_short", 13, "GatherElements", [X, np.array([[[0, 2]], [[-1, 1]]], np.int64)], dict(axis=1), 1),
    ("gathernd_batch", 13, "GatherND", [X, np.array([[1], [-1]], np.int64)], dict(batch_dims=1), 1),
    ("scatter_elements_short", 13, "ScatterElements", [X, np.array([[[0, 2]], [[1, 1]]], np.int64), rng(2, 1, 2)], dict(axis=1), 1),
    ("scatter_old", 9, "Scatter", [X, np.array([[[0, 2]], [[1, 1]]], np.int64), rng(2, 1, 2)], dict(axis=1), 1),
    ("scatternd_rows", 13, "ScatterND", [X, np.array([[0, 2], [1, -1]], np.int64), rng(2, 4)], {}, 1),
    ("onehot_axis", 11, "OneHot", [i64(0, -1, 2), i64(3), np.array([-1, 2], np.float32)], dict(axis=0), 1),
    ("cumsum_both", 14, "CumSum", [X, np.int64(1)], dict(exclusive=1, reverse=1), 1),
    ("topleft", 14, "Trilu", [X, np.int64(-1)], dict(upper=0), 1),
    ("expand_both", 13, "Expand", [rng(3, 1), i64(2, 1, 4)], {}, 1),
    ("tile", 13, "Tile", [X, i64(1, 2, 3)], {}, 1),
    ("range_float", 13, "Range", [np.float32(1), np.float32(2.1), np.float32(0.25)], {}, 1),
    ("sinh", 9, "Sinh", [X], {}, 1),
    ("cosh", 9, "Cosh", [X], {}, 1),
    ("tan", 7, "Tan", [X], {}, 1),
    ("erf", 13, "Erf", [X], {}, 1),
    ("isinf", 10, "IsInf", [np.array([1, np.inf, -np.inf, np.nan], np.float32)], dict(detect_negative=0), 1),
    ("mish", 18, "Mish", [X], {}, 1),
    ("celu", 12, "Celu", [X], dict(alpha=0.7), 1),
    ("lpnormalization", 1, "LpNormalization", [X], dict(axis=1, p=1), 1),
    ("xent", 13, "SoftmaxCrossEntropyLoss", [rng(4, 5, 2), np.array([[0, 1], [4, 2], [2, 2], [3, 0]], np.int64), rng(5) ** 2], dict(ignore_index=2), 1),
    ("lstm_all", 14, "LSTM",
     [rng(5, 3, 4), rng(2, 8, 4), rng(2, 8, 2), rng(2, 16), np.array([5, 2, 4], np.int32), rng(2, 3, 2), rng(2, 3, 2, seed=1), rng(2, 6)],
     dict(hidden_size=2, direction="bidirectional"), 3),
    ("lstm_clip_activations", 14, "LSTM", [rng(4, 2, 3) * 3, rng(1, 8, 3), rng(1, 8, 2)],
     dict(hidden_size=2, direction="reverse", clip=0.8, activations=["HardSigmoid", "Softsign", "Elu"],
          activation_alpha=[0.3, 0.9], activation_beta=[0.4]), 3),
    ("gru_before", 14, "GRU", [rng(5, 3, 4), rng(2, 6, 4), rng(2, 6, 2), rng(2, 12), np.array([5, 2, 4], np.int32), rng(2, 3, 2)],
     dict(hidden_size=2, direction="bidirectional", linear_before_reset=1), 2),
    ("gru_after", 14, "GRU", [rng(5, 3, 4), rng(1, 6, 4), rng(1, 6, 2), rng(1, 12)], dict(hidden_size=2, direction="reverse"), 2),
    ("rnn_relu", 14, "RNN", [rng(5, 3, 4), rng(1, 2, 4), rng(1, 2, 2), rng(1, 4)], dict(hidden_size=2, activations=["Relu"]), 2),
]


def runtime_cases(archive):
    for name, opset, op, arrays, attributes, results in CASES:
        inputs, feed, names = [], {}, []
        for i, a in enumerate(arrays):
            names.append("" if a is None else f"x{i}")
            if a is not None:
                a = np.asarray(a)
                inputs.append(helper.make_tensor_value_info(f"x{i}", helper.np_dtype_to_tensor_dtype(a.dtype), a.shape))
                feed[f"x{i}"] = a
        outputs = [f"y{i}" for i in range(results)]
        graph = helper.make_graph([helper.make_node(op, names, outputs, name=name, **attributes)], name, inputs,
                                  [helper.make_empty_tensor_value_info(o) for o in outputs])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        inferred = onnx.shape_inference.infer_shapes(model)
        types = {v.name: v for v in inferred.graph.output}
        del model.graph.output[:]
        for o in outputs:
            v = types[o]
            model.graph.output.append(helper.make_tensor_value_info(o, v.type.tensor_type.elem_type or TensorProto.FLOAT, None))
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        out = session.run(None, feed)
        write(archive, "runtime/" + name, model, map(numbers, feed.values()), map(numbers, out))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("out")
    # No date: the same cases give the same archive.
    with gzip.GzipFile(ap.parse_args().out, "wb", mtime=0) as f, tarfile.open(fileobj=f, mode="w") as archive:
        node_cases(archive)
        runtime_cases(archive)


if __name__ == "__main__":
    main()
