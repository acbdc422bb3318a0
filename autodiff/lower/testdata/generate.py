#!/usr/bin/env python3
"""Makes the operator cases that the tests of package lower run.

    generate.py operators.tar.gz            what is committed
    generate.py --all node_cases.tar.gz     all node tests of the ONNX package, for NODE_CASES=… go test

Every case is a folder of the archive: `model.onnx`, and `data.npy` with what goes in and has to come out, one .npy after
the other, all of float64 whatever the model's own types are. A case that has not the usual tolerances (10⁻³ relative,
10⁻⁷ absolute) has them in `tolerance.npy`. Text is kept in the model: what goes in as initializers, what has to come out
as operand of an Equal at the end, whose results have to be true.

  - `onnx/…`: the node tests of the ONNX package whose operators are ONNX's own and whose inputs and results are tensors.
    Committed are those of up to 16 KiB that are not expanded from an operator's definition as a function.
  - `runtime/…`: small models of operators and versions that those do not cover; ONNX Runtime says what comes out, or
    ONNX's reference where the runtime lacks the operator.

Needs onnx, onnxruntime and numpy.
"""
import argparse
import gzip
import io
import tarfile
import warnings

import numpy as np
import onnx
import onnx.reference
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

LIMIT = 16 << 10


TOLERANCES = (1e-3, 1e-7)


def array(a):
    return numpy_helper.to_array(a) if isinstance(a, TensorProto) else np.asarray(a)


def is_text(a):
    return a.dtype.kind in "OUST"


def text_inside(case):
    """The model and data of a case without text in the data."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    graph = model.graph
    inputs, outputs = (list(map(array, side)) for side in case.data_sets[0])
    if any(map(is_text, inputs + outputs)):
        model.ir_version = max(model.ir_version, 4)  # initializers that are no inputs
        for opset in model.opset_import:
            opset.version = max(opset.version, 19)  # Equal of text
    fed = list(zip(graph.input, inputs, strict=True))
    del graph.input[:]
    for v, a in fed:
        if is_text(a):
            graph.initializer.append(numpy_helper.from_array(a.astype(object), v.name))
        else:
            graph.input.append(v)
    for i, (v, a) in enumerate(zip(graph.output, outputs, strict=True)):
        if is_text(a):
            graph.initializer.append(numpy_helper.from_array(a.astype(object), v.name + "/want"))
            graph.node.append(helper.make_node("Equal", [v.name, v.name + "/want"], [v.name + "/same"]))
            v.CopyFrom(helper.make_tensor_value_info(v.name + "/same", TensorProto.BOOL, a.shape))
            outputs[i] = np.ones(a.shape)
    return model, [a for _, a in fed if not is_text(a)], outputs


def npy(arrays):
    data = io.BytesIO()
    for a in arrays:
        np.save(data, np.asarray(a, np.float64, order="C"))
    return data.getvalue()


def write(archive, folder, model, inputs, outputs, tolerances=TOLERANCES):
    files = {"model.onnx": model.SerializeToString(), "data.npy": npy([*inputs, *outputs])}
    if tolerances != TOLERANCES:
        files["tolerance.npy"] = npy([tolerances])
    for name, content in files.items():
        info = tarfile.TarInfo(f"{folder}/{name}")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))


def counts(model):
    """Whether the operators are ONNX's own, and inputs and results tensors."""
    values = [*model.graph.input, *model.graph.output]
    return all(v.type.HasField("tensor_type") for v in values) and not any(n.domain for n in model.graph.node)


def node_cases(archive, everything):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in sorted(cases, key=lambda c: c.name):
        if not counts(case.model):
            continue
        model, inputs, outputs = text_inside(case)
        size = 8 * sum(a.size for a in inputs + outputs) + model.ByteSize()
        if everything or size <= LIMIT and "_expanded" not in case.name:
            write(archive, "onnx/" + case.name.removeprefix("test_"), model, inputs, outputs, (case.rtol, case.atol))


def rng(*shape, seed=0, dtype=np.float32):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


def i64(*values):
    return np.array(values, dtype=np.int64)


def f32(*values):
    return np.array(values, dtype=np.float32)


def packed(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).integers(0, 256, shape).astype(np.uint8)


X = rng(2, 3, 4)
IMAGE = rng(2, 3, 7, 6)
GRID = rng(2, 4, 5, 2, seed=1) * 1.3
ROIS = np.array([[0, 0, 5, 6], [1, 2, 3.5, 5], [-1, 1, 7, 9], [2, 2, 2.3, 2.5]], np.float32)
MEETING = np.array([[[0, 2, 0, 0], [1, 1, -1, 2]], [[-1, 1, 0, 2], [-1, 1, 2, 2]]], np.int64)

# name, opset, operator (with its domain, if that is not ONNX's own: "com.microsoft.Gelu"), inputs, attributes, number of outputs
CASES = [
    ("div_int", 13, "Div", [i64(7, -7, 7, -7), i64(2, 2, -2, -2)], {}, 1),
    ("pow_int_by_float", 13, "Pow", [i64(2, 3, 5, 9, 7), f32(0.5, 1.5, 3, -1, 0)], {}, 1),
    ("pow_int_by_int", 13, "Pow", [i64(-3, 3, 5, -2, 1), np.array([3, 9, 3, 0, -1], np.int32)], {}, 1),
    ("sub_wraps_uint8", 14, "Sub", [np.array([3, 200], np.uint8), np.array([5, 100], np.uint8)], {}, 1),
    ("mul_wraps_int8", 14, "Mul", [np.array([100, -100, 7], np.int8), np.array([3, 3, 3], np.int8)], {}, 1),
    ("cast_to_int", 13, "Cast", [X * 5], dict(to=TensorProto.INT64), 1),
    ("softmax_old_axis1", 11, "Softmax", [X], dict(axis=1), 1),
    ("softmax_old_default", 9, "Softmax", [X], {}, 1),
    ("softmax_old_last", 11, "Softmax", [X], dict(axis=2), 1),
    ("logsoftmax_old", 11, "LogSoftmax", [X], dict(axis=1), 1),
    ("hardmax_old", 11, "Hardmax", [X], dict(axis=1), 1),
    ("softmax_empty", 13, "Softmax", [rng(2, 0)], dict(axis=1), 1),
    ("logsoftmax_old_empty", 11, "LogSoftmax", [rng(2, 0, 3)], dict(axis=1), 1),
    ("hardmax_empty", 13, "Hardmax", [rng(0, 3)], dict(axis=0), 1),
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
    ("reduce_mean_int", 13, "ReduceMean", [np.array([[7, 7, 7], [-5, -2, -1]], np.int32)], dict(axes=[1]), 1),
    ("reduce_l2_int", 13, "ReduceL2", [np.array([[3, 4], [3, 5]], np.int32)], dict(axes=[1]), 1),
    ("reduce_log_sum_int", 13, "ReduceLogSum", [np.array([[3, 4], [30, 50]], np.int32)], dict(axes=[1]), 1),
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
    ("maxroipool", 1, "MaxRoiPool", [IMAGE, np.array([[0, 0, 0, 4, 5], [1, 1, 2, 3, 6], [0, 2, 2, 9, 9]], np.float32)],
     dict(pooled_shape=[3, 2], spatial_scale=0.75), 1),
    ("averagepool_ceil", 11, "AveragePool", [IMAGE], dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1), 1),
    ("averagepool_include", 11, "AveragePool", [IMAGE], dict(kernel_shape=[3, 2], pads=[1, 1, 0, 0], count_include_pad=1), 1),
    ("averagepool_ceil_include", 19, "AveragePool", [rng(1, 1, 6)], dict(kernel_shape=[3], strides=[2], pads=[1, 1], ceil_mode=1, count_include_pad=1), 1),
    ("averagepool_3d", 11, "AveragePool", [rng(1, 2, 4, 4, 4)], dict(kernel_shape=[2, 2, 2], strides=[2, 1, 2]), 1),
    ("lppool", 11, "LpPool", [IMAGE], dict(kernel_shape=[2, 2], p=3), 1),
    ("globallppool", 2, "GlobalLpPool", [IMAGE], dict(p=2), 1),
    ("batchnorm_9", 9, "BatchNormalization", [IMAGE, rng(3), rng(3, seed=1), rng(3, seed=2), np.abs(rng(3, seed=3)) + 0.5], dict(epsilon=1e-3), 1),
    ("batchnorm_2d", 15, "BatchNormalization", [rng(4, 3), rng(3), rng(3, seed=1), rng(3, seed=2), np.abs(rng(3, seed=3)) + 0.5], {}, 1),
    ("batchnorm_activations", 7, "BatchNormalization", [X, rng(3, 4), rng(3, 4, seed=1), rng(3, 4, seed=2), np.abs(rng(3, 4, seed=3)) + 0.5], dict(spatial=0), 1),
    ("layernorm_axis1", 17, "LayerNormalization", [X, rng(3, 4), rng(3, 4, seed=1)], dict(axis=1), 1),
    ("instancenorm_1d", 6, "InstanceNormalization", [X, rng(3), rng(3, seed=1)], {}, 1),
    ("groupnorm_21", 21, "GroupNormalization", [rng(2, 6, 5), rng(6), rng(6, seed=1)], dict(num_groups=3), 1),
    ("mvn_1", 8, "MeanVarianceNormalization", [IMAGE], {}, 1),
    ("mvn_1_across", 8, "MeanVarianceNormalization", [IMAGE], dict(across_channels=1), 1),
    ("mvn_1_mean", 8, "MeanVarianceNormalization", [X], dict(normalize_variance=0), 1),
    ("imagescaler", 8, "ImageScaler", [IMAGE], dict(scale=0.25, bias=[1.0, -2.0, 0.5]), 1),
    ("parametricsoftplus", 8, "ParametricSoftplus", [X], dict(alpha=1.5, beta=-0.7), 1),
    ("scaledtanh", 8, "ScaledTanh", [X], dict(alpha=1.5, beta=-0.7), 1),
    ("affine", 8, "Affine", [X], dict(alpha=1.5, beta=-0.7), 1),
    ("scale", 8, "Scale", [X], dict(scale=-0.3), 1),
    ("crop", 8, "Crop", [IMAGE], dict(border=[1, 0, 3, 2]), 1),
    ("crop_scale", 8, "Crop", [IMAGE], dict(border=[1, 2, 100, 100], scale=[4, 3]), 1),
    ("dynamicslice", 8, "DynamicSlice", [X, i64(1, -2), i64(100, -1), i64(-1, 1)], {}, 1),
    ("dynamicslice_all", 8, "DynamicSlice", [X, i64(0, 1), i64(1, 3)], {}, 1),
    ("thresholdedrelu_1", 8, "ThresholdedRelu", [X], dict(alpha=0.4), 1),
    ("lrn", 13, "LRN", [rng(2, 6, 3, 3)], dict(size=3, alpha=0.1, beta=0.6, bias=1.5), 1),
    ("upsample_7", 7, "Upsample", [IMAGE], dict(scales=[1.0, 1.0, 2.0, 1.5]), 1),
    ("upsample_9_linear", 9, "Upsample", [IMAGE, np.array([1, 1, 2, 3], np.float32)], dict(mode="linear"), 1),
    ("resize_10", 10, "Resize", [IMAGE, np.array([1, 1, 1.5, 0.5], np.float32)], {}, 1),
    ("resize_align", 13, "Resize", [IMAGE, None, None, i64(2, 3, 11, 4)], dict(mode="linear", coordinate_transformation_mode="align_corners"), 1),
    ("resize_pytorch", 13, "Resize", [IMAGE, None, np.array([1, 1, 2, 2], np.float32)], dict(mode="linear", coordinate_transformation_mode="pytorch_half_pixel"), 1),
    ("resize_nearest_floor", 13, "Resize", [IMAGE, None, np.array([1, 1, 2, 3], np.float32)],
     dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"), 1),
    ("resize_cubic", 13, "Resize", [IMAGE, None, np.array([1, 1, 2, 1.5], np.float32)], dict(mode="cubic"), 1),
    ("resize_region", 13, "Resize", [IMAGE, f32(0, 0, 0.2, -0.1, 1, 1, 0.7, 1.2), f32(1, 1, 1.4, 1.5)],
     dict(mode="linear", coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=5.0), 1),
    ("resize_int", 13, "Resize", [np.array([[[9, -4, 7]]], np.int32), None, f32(1, 1, 2)], dict(mode="linear"), 1),
    ("resize_int_antialias", 18, "Resize", [np.array([[[9, 4, 7, 8, 250]]], np.uint8), None, None, i64(1, 1, 3)], dict(mode="linear", antialias=1), 1),
    ("resize_region_nearest", 13, "Resize", [rng(1, 1, 4), f32(0, 0, 0.1, 1, 1, 0.8), None, i64(1, 1, 8)],
     dict(mode="nearest", coordinate_transformation_mode="tf_crop_and_resize"), 1),
    ("resize_symmetric", 19, "Resize", [IMAGE, None, f32(1.3, 1.7)], dict(mode="linear", axes=[2, 3], coordinate_transformation_mode="half_pixel_symmetric"), 1),
    ("resize_antialias", 18, "Resize", [IMAGE, None, f32(1, 1, 0.6, 0.4)], dict(mode="cubic", antialias=1), 1),
    ("resize_antialias_inside", 18, "Resize", [rng(1, 1, 24, 5), None, None, i64(1, 1, 3, 7)], dict(mode="linear", antialias=1, exclude_outside=1), 1),
    ("resize_keep_aspect", 19, "Resize", [IMAGE, None, None, i64(9, 5)], dict(mode="linear", axes=[3, 2], keep_aspect_ratio_policy="not_larger"), 1),
    ("resize_half_pixel_for_nn", 11, "Resize", [IMAGE, f32(), f32(1, 1, 2, 0.5)], dict(coordinate_transformation_mode="tf_half_pixel_for_nn", nearest_mode="floor"), 1),
    ("gridsample_border", 16, "GridSample", [IMAGE, GRID], dict(padding_mode="border"), 1),
    ("gridsample_reflection", 16, "GridSample", [IMAGE, GRID], dict(padding_mode="reflection", align_corners=1), 1),
    ("gridsample_cubic_border", 20, "GridSample", [IMAGE, GRID], dict(mode="cubic", padding_mode="border"), 1),
    ("gridsample_cubic_reflection", 16, "GridSample", [IMAGE, GRID], dict(mode="bicubic", padding_mode="reflection", align_corners=1), 1),
    ("gridsample_3d", 20, "GridSample", [rng(1, 2, 4, 3, 5), rng(1, 2, 3, 2, 3)], dict(padding_mode="reflection"), 1),
    ("gridsample_3d_nearest", 20, "GridSample", [rng(1, 2, 4, 3, 5), rng(1, 2, 3, 2, 3)], dict(mode="nearest", padding_mode="border"), 1),
    ("affinegrid_3d_aligned", 20, "AffineGrid", [rng(2, 3, 4), i64(2, 3, 4, 5, 3)], dict(align_corners=1), 1),
    ("roialign_old", 10, "RoiAlign", [IMAGE, ROIS, i64(0, 1, 1, 0)], dict(sampling_ratio=2, output_height=2, output_width=3, spatial_scale=0.7), 1),
    ("roialign_adaptive", 16, "RoiAlign", [IMAGE, ROIS, i64(0, 1, 1, 0)], dict(output_height=2, output_width=3, spatial_scale=0.7), 1),
    ("roialign_adaptive_max", 16, "RoiAlign", [IMAGE, ROIS, i64(0, 1, 1, 0)], dict(mode="max", output_height=1, output_width=2), 1),
    ("maxroipool_scaled", 7, "MaxRoiPool", [IMAGE, np.concatenate([f32(0, 1, 1, 0)[:, None], ROIS], 1)], dict(pooled_shape=[2, 3], spatial_scale=0.8), 1),
    ("maxpool_indices", 12, "MaxPool", [IMAGE], dict(kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 1]), 2),
    ("maxpool_indices_columns", 12, "MaxPool", [rng(1, 2, 4, 5, 3)], dict(kernel_shape=[2, 2, 2], storage_order=1), 2),
    ("maxunpool_old", 9, "MaxUnpool", [rng(1, 2, 2, 2), np.array([[[[0, 3], [9, 14]], [[17, 18], [24, 31]]]])], dict(kernel_shape=[2, 2], strides=[2, 2]), 1),
    ("lppool_dilated", 18, "LpPool", [IMAGE], dict(kernel_shape=[2, 3], p=1, strides=[2, 2], ceil_mode=1, dilations=[2, 1]), 1),
    ("lppool_same", 11, "LpPool", [IMAGE], dict(kernel_shape=[2, 3], auto_pad="SAME_UPPER", strides=[2, 2]), 1),
    ("averagepool_dilated", 19, "AveragePool", [IMAGE], dict(kernel_shape=[2, 2], dilations=[2, 3], pads=[1, 1, 1, 1], strides=[2, 2], ceil_mode=1, count_include_pad=1), 1),
    ("topk_attribute", 9, "TopK", [X], dict(k=2, axis=1), 2),
    ("topk_smallest", 11, "TopK", [X, i64(2)], dict(axis=0, largest=0), 2),
    ("nms_two", 11, "NonMaxSuppression", [rng(2, 20, 4), rng(2, 3, 20), i64(4), f32(0.2), f32(-0.5)], {}, 1),
    ("dft_old_longer", 17, "DFT", [rng(2, 5, 3, 2), np.int64(7)], dict(axis=1, inverse=1), 1),
    ("dft_onesided", 20, "DFT", [rng(2, 9, 1), np.int64(8), np.int64(1)], dict(onesided=1), 1),
    ("stft_complex", 17, "STFT", [rng(1, 20, 2), np.int64(5), rng(8)], dict(onesided=0), 1),
    ("deformconv_groups", 19, "DeformConv", [rng(1, 4, 5, 4), rng(4, 2, 2, 2), rng(1, 16, 4, 3), rng(4), rng(1, 8, 4, 3)],
     dict(group=2, offset_group=2, strides=[1, 2], pads=[0, 1, 1, 1], dilations=[2, 1]), 1),
    ("col2im_both", 18, "Col2Im", [rng(1, 8, 9), i64(5, 5), i64(2, 2)], dict(strides=[2, 1], pads=[1, 0, 1, 0], dilations=[1, 2]), 1),
    ("scatter_elements_mul", 18, "ScatterElements", [X, MEETING, rng(2, 2, 4)], dict(axis=1, reduction="mul"), 1),
    ("scatter_elements_max", 18, "ScatterElements", [X, MEETING, rng(2, 2, 4)], dict(axis=1, reduction="max"), 1),
    ("scatter_elements_last", 18, "ScatterElements", [X, MEETING, rng(2, 2, 4)], dict(axis=1), 1),
    ("scatternd_min", 18, "ScatterND", [X, np.array([[0, 1], [1, 2], [0, 1], [1, -1], [0, 1]]), rng(5, 4)], dict(reduction="min"), 1),
    ("pad_wrap_cropped", 19, "Pad", [X, i64(0, -1, 2, 1, 1, -1)], dict(mode="wrap"), 1),
    ("pad_reflect_axes", 19, "Pad", [X, i64(1, 2, -1, 2), None, i64(-1, 1)], dict(mode="reflect"), 1),
    ("conv3d_same", 11, "Conv", [rng(1, 2, 5, 4, 5), rng(2, 2, 3, 2, 3)], dict(auto_pad="SAME_LOWER", strides=[2, 1, 2]), 1),
    ("convtranspose_same_1d", 11, "ConvTranspose", [rng(1, 2, 5), rng(2, 3, 3)], dict(auto_pad="SAME_LOWER", strides=[2], output_padding=[1]), 1),
    ("convtranspose_shape_3d", 11, "ConvTranspose", [rng(1, 2, 3, 3, 2), rng(2, 1, 3, 2, 3)], dict(strides=[2, 2, 2], output_shape=[6, 7, 5], auto_pad="SAME_UPPER"), 1),
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
    ("rnn_default_activations", 14, "RNN", [rng(5, 3, 4), rng(1, 2, 4), rng(1, 2, 2)], dict(hidden_size=2, activations=["Tanh", "Tanh"]), 2),
    ("reduce_sum_all_attributes", 13, "ReduceSum", [X, i64(1)], dict(keepdims=1, noop_with_empty_axes=0), 1),
    ("contrib_fusedmatmul_all_attributes", 17, "com.microsoft.FusedMatMul", [rng(2, 4), rng(4, 3)], dict(transBatchA=0, transBatchB=0, transA=0, transB=0, alpha=2.0), 1),
    ("contrib_attention", 17, "com.microsoft.Attention", [X, rng(4, 18), rng(18), np.array([[1, 1, 0], [1, 1, 1]], np.int32)], dict(num_heads=2), 2),
    ("contrib_attention_past", 17, "com.microsoft.Attention",
     [X, rng(4, 18), rng(18), np.array([5, 4], np.int32), rng(2, 2, 2, 2, 3)], dict(num_heads=2, unidirectional=1, scale=0.4), 2),
    ("contrib_attention_bias", 17, "com.microsoft.Attention", [X, rng(4, 18), rng(18), None, None, rng(1, 2, 3, 3)], dict(num_heads=2), 1),
    ("contrib_attention_ends", 17, "com.microsoft.Attention", [X, rng(4, 18), None, np.array([3, 2, 1, 0], np.int32)], dict(num_heads=3), 1),
    ("contrib_attention_sizes", 17, "com.microsoft.Attention",
     [X, rng(4, 14), rng(14), np.array([[[1, 0, 0], [1, 1, 0], [0, 0, 0]], [[1, 1, 1], [0, 1, 1], [1, 0, 1]]], np.int32)],
     dict(num_heads=2, qkv_hidden_sizes=[4, 4, 6], mask_filter_value=-3.0), 1),
    ("contrib_biasgelu", 17, "com.microsoft.BiasGelu", [X, rng(4)], {}, 1),
    ("contrib_cdist", 17, "com.microsoft.CDist", [rng(3, 4), rng(2, 4)], {}, 1),
    ("contrib_cdist_root", 17, "com.microsoft.CDist", [rng(3, 4), rng(2, 4)], dict(metric="euclidean"), 1),
    ("contrib_embed", 17, "com.microsoft.EmbedLayerNormalization",
     [np.array([[3, 0, 4], [1, 1, 2]], np.int32), np.array([[0, 0, 1], [0, 1, 1]], np.int32), rng(5, 4), rng(6, 4), rng(2, 4), rng(4), rng(4, seed=1),
      np.array([[1, 1, 0], [1, 1, 1]], np.int32)], {}, 3),
    ("contrib_embed_positions", 17, "com.microsoft.EmbedLayerNormalization",
     [np.array([[3, 0, 4], [1, 1, 2]], np.int32), None, rng(5, 4), rng(6, 4), None, rng(4), rng(4, seed=1), None, np.array([[1, 2, 3], [0, 5, 4]], np.int32)],
     dict(epsilon=1e-3), 2),
    ("contrib_expanddims", 17, "com.microsoft.ExpandDims", [X, np.int32(-2)], {}, 1),
    ("contrib_fastgelu", 17, "com.microsoft.FastGelu", [X], {}, 1),
    ("contrib_fastgelu_bias", 17, "com.microsoft.FastGelu", [X, rng(4)], {}, 1),
    ("contrib_fusedconv", 17, "com.microsoft.FusedConv", [IMAGE, rng(2, 3, 3, 3), rng(2), rng(2, 2, 4, 3)],
     dict(activation="Relu", strides=[2, 2], pads=[1, 1, 1, 1]), 1),
    ("contrib_fusedconv_clip", 17, "com.microsoft.FusedConv", [IMAGE, rng(2, 3, 3, 3), rng(2)], dict(activation="Clip", activation_params=[-1.0, 2.5]), 1),
    ("contrib_fusedconv_hard", 17, "com.microsoft.FusedConv", [IMAGE, rng(2, 3, 3, 3)], dict(activation="HardSigmoid", activation_params=[0.1, 0.4]), 1),
    ("contrib_fusedconv_leaky", 17, "com.microsoft.FusedConv", [IMAGE, rng(2, 3, 3, 3)], dict(activation="LeakyRelu", activation_params=[0.3]), 1),
    ("contrib_fusedconv_plain", 17, "com.microsoft.FusedConv", [IMAGE, rng(2, 3, 3, 3)], dict(activation="Tanh"), 1),
    ("contrib_fusedgemm", 17, "com.microsoft.FusedGemm", [rng(2, 4), rng(3, 4), rng(3)],
     dict(activation="LeakyRelu", activation_alpha=0.2, transB=1, alpha=0.5, beta=2.0), 1),
    ("contrib_fusedgemm_hard", 17, "com.microsoft.FusedGemm", [rng(2, 4), rng(4, 3), rng(3)],
     dict(activation="HardSigmoid", activation_alpha=0.3, activation_beta=0.4), 1),
    ("contrib_fusedconv_hardswish", 17, "com.microsoft.FusedConv", [IMAGE, rng(2, 3, 3, 3)], dict(activation="HardSwish"), 1),
    *((f"contrib_fusedgemm_{name.lower()}", 17, "com.microsoft.FusedGemm", [rng(2, 4), rng(4, 3)], dict(activation=name, activation_alpha=0.3), 1)
      for name in ("Elu", "Softplus", "Softsign", "ThresholdedRelu")),
    ("contrib_fusedgemm_selu", 17, "com.microsoft.FusedGemm", [rng(2, 4), rng(4, 3)],
     dict(activation="Selu", activation_alpha=1.5, activation_gamma=0.8), 1),
    ("contrib_fusedgemm_sigmoid", 17, "com.microsoft.FusedGemm", [rng(2, 4), rng(4, 3)], dict(activation="Sigmoid"), 1),
    ("contrib_fusedmatmul", 17, "com.microsoft.FusedMatMul", [rng(2, 4, 3), rng(2, 5, 4)], dict(transA=1, transB=1, alpha=0.5), 1),
    ("contrib_fusedmatmul_batch", 17, "com.microsoft.FusedMatMul", [rng(3, 2, 4), rng(4, 2, 5)], dict(transBatchA=1, transBatchB=1), 1),
    ("contrib_fusedmatmul_both", 17, "com.microsoft.FusedMatMul", [rng(3, 6, 2, 4), rng(6, 2, 3, 5)], dict(transBatchA=1, transA=1), 1),
    ("contrib_gelu", 17, "com.microsoft.Gelu", [X], {}, 1),
    ("contrib_gathernd", 17, "com.microsoft.GatherND", [X, np.array([[[0, 1]], [[1, 2]]], np.int64)], {}, 1),
    ("contrib_gridsample", 17, "com.microsoft.GridSample", [IMAGE, GRID], dict(mode="bicubic", padding_mode="reflection"), 1),
    ("contrib_inverse", 17, "com.microsoft.Inverse", [rng(2, 3, 3)], {}, 1),
    ("contrib_inverse_one", 17, "com.microsoft.Inverse", [rng(1, 1)], {}, 1),
    ("contrib_range", 17, "com.microsoft.Range", [np.float32(1), np.float32(5)], {}, 1),
    ("contrib_matmulnbits", 17, "com.microsoft.MatMulNBits", [rng(2, 3, 40), packed(4, 2, 16), np.abs(rng(4, 2)) * 0.1], dict(K=40, N=4, bits=4, block_size=32), 1),
    ("contrib_matmulnbits_zeros", 17, "com.microsoft.MatMulNBits", [rng(3, 40), packed(4, 3, 8), np.abs(rng(12)) * 0.1, packed(4, 2), None, rng(4)],
     dict(K=40, N=4, bits=4, block_size=16, accuracy_level=1), 1),
    ("contrib_matmulnbits_bytes", 17, "com.microsoft.MatMulNBits", [rng(3, 32), packed(4, 2, 16), np.abs(rng(4, 2)) * 0.01, packed(4, 2, seed=1)],
     dict(K=32, N=4, bits=8, block_size=16), 1),
    ("contrib_gqa", 17, "com.microsoft.GroupQueryAttention",
     [rng(2, 3, 32), rng(2, 3, 16), rng(2, 3, 16, seed=1), None, None, np.array([2, 2], np.int32), np.int32(3)], dict(num_heads=4, kv_num_heads=2), 3),
    ("contrib_gqa_all", 17, "com.microsoft.GroupQueryAttention",
     [rng(2, 3, 16), rng(2, 3, 8), rng(2, 3, 8, seed=1), None, None, np.array([1, 2], np.int32), np.int32(3)],
     dict(num_heads=2, kv_num_heads=1, causal=0), 1),
    ("contrib_gqa_rotary", 17, "com.microsoft.GroupQueryAttention",
     [rng(2, 5, 80), None, None, None, None, np.array([4, 4], np.int32), np.int32(5), rng(6, 8), rng(6, 8, seed=1)],
     dict(num_heads=3, kv_num_heads=1, do_rotary=1, rotary_interleaved=1, local_window_size=2, softcap=2.0, scale=0.5), 3),
    ("contrib_gqa_sink", 17, "com.microsoft.GroupQueryAttention",
     [rng(2, 3, 16), rng(2, 3, 8), rng(2, 3, 8, seed=1), None, None, np.array([2, 2], np.int32), np.int32(3), None, None, None, rng(2, 1, 3, 3), rng(2)],
     dict(num_heads=2, kv_num_heads=1), 3),
    ("contrib_gqa_past", 17, "com.microsoft.GroupQueryAttention",
     [rng(1, 1, 32), rng(1, 1, 16), rng(1, 1, 16, seed=1), rng(1, 1, 4, 16), rng(1, 1, 4, 16, seed=1), np.array([4], np.int32), np.int32(5),
      rng(6, 8), rng(6, 8, seed=1)], dict(num_heads=2, kv_num_heads=1, do_rotary=1, smooth_softmax=1), 3),
    ("contrib_mha", 17, "com.microsoft.MultiHeadAttention",
     [rng(2, 3, 4), rng(2, 5, 4), rng(2, 5, 6), rng(14), np.array([[1, 1, 0, 1, 0], [1, 1, 1, 1, 1]], np.int32), rng(2, 1, 3, 5)], dict(num_heads=2), 1),
    ("contrib_mha_cross", 17, "com.microsoft.MultiHeadAttention", [rng(2, 3, 4), rng(2, 2, 5, 2), rng(2, 2, 5, 2, seed=1), rng(12), np.array([5, 2], np.int32)],
     dict(num_heads=2), 1),
    ("contrib_mha_past", 17, "com.microsoft.MultiHeadAttention",
     [rng(2, 3, 4), rng(2, 3, 4, seed=1), rng(2, 3, 4, seed=2), None, None, None, rng(2, 2, 2, 2), rng(2, 2, 2, 2, seed=1)], dict(num_heads=2, unidirectional=1), 3),
    ("contrib_pad", 17, "com.microsoft.Pad", [X, i64(0, 1, 0, 0, -1, 2), np.float32([0.5])], {}, 1),
    ("contrib_quickgelu", 17, "com.microsoft.QuickGelu", [X], {}, 1),
    ("contrib_rotary", 17, "com.microsoft.RotaryEmbedding", [rng(2, 3, 8), i64(2), rng(6, 2), rng(6, 2, seed=1)], {}, 1),
    ("contrib_rotary_part", 17, "com.microsoft.RotaryEmbedding",
     [rng(2, 3, 16), np.array([[3, 1, 2], [0, 4, 5]], np.int64), rng(6, 2), rng(6, 2, seed=1)], dict(num_heads=2, rotary_embedding_dim=4, interleaved=1), 1),
    ("contrib_rotary_heads", 17, "com.microsoft.RotaryEmbedding", [rng(2, 2, 3, 4), i64(0), rng(6, 2), rng(6, 2, seed=1)], {}, 1),
    ("contrib_scaledsilu", 17, "com.microsoft.ScaledSiLU", [X], dict(alpha=0.7), 1),
    ("contrib_scaledsilu_input", 17, "com.microsoft.ScaledSiLU", [X, np.float32(1.3)], {}, 1),
    ("contrib_simplified", 11, "SimplifiedLayerNormalization", [X, rng(4)], dict(epsilon=1e-3), 2),
    ("contrib_layernorm_old", 11, "LayerNormalization", [X, rng(4), rng(4, seed=1)], dict(epsilon=1e-3), 1),
    ("contrib_skip", 17, "com.microsoft.SkipLayerNormalization", [X, rng(1, 3, 4), rng(4), rng(4, seed=1)], dict(epsilon=1e-3), 1),
    ("contrib_skip_simplified", 17, "com.microsoft.SkipSimplifiedLayerNormalization", [X, rng(2, 3, 4, seed=1), rng(4)], {}, 1),
    ("contrib_transposematmul", 17, "com.microsoft.TransposeMatMul", [rng(2, 4, 3), rng(4, 2)], dict(transA=1), 1),
    ("contrib_trilu", 17, "com.microsoft.Trilu", [X, np.int64(1)], {}, 1),
    ("acos_ends", 7, "Acos", [np.array([-1, -0.999999, 0, 1e-6, 0.999999, 1, 1.5], np.float32)], {}, 1),
    ("acosh_ends", 9, "Acosh", [np.array([1, 1.000001, 2, 1e30, 0.5], np.float32)], {}, 1),
    ("asin_ends", 7, "Asin", [np.array([-1, -0.999999, 1e-6, 0.999999, 1, 1.5], np.float32)], {}, 1),
    ("asinh_far", 9, "Asinh", [np.array([-1e30, -1e-6, 0, 3, 1e30], np.float32)], {}, 1),
    ("atan_far", 7, "Atan", [np.array([-np.inf, -1e30, -1e-6, 0, 3, np.inf], np.float32)], {}, 1),
    ("atanh_ends", 9, "Atanh", [np.array([-1, -0.999999, 1e-6, 0.999999, 1, 1.5], np.float32)], {}, 1),
    ("cast_wraps_int8", 13, "Cast", [np.array([200, -200, 127, -128, 1000], np.int32)], dict(to=TensorProto.INT8), 1),
    ("cast_wraps_uint8", 13, "Cast", [np.array([200, -200, 256, -1], np.int64)], dict(to=TensorProto.UINT8), 1),
    ("cast_bool_to_int8", 13, "Cast", [np.array([True, False])], dict(to=TensorProto.INT8), 1),
    ("quantize_10", 10, "QuantizeLinear", [X, np.float32(0.02), np.uint8(130)], {}, 1),
    ("quantize_default", 13, "QuantizeLinear", [X, np.float32(0.02)], {}, 1),
    ("quantize_axis", 13, "QuantizeLinear", [X, np.array([0.1, 0.02, 0.004], np.float32), np.array([0, 7, -3], np.int8)], dict(axis=-2), 1),
    ("quantize_blocked", 21, "QuantizeLinear", [X, np.abs(rng(2, 3, 2)) + 0.1, np.full((2, 3, 2), 3, np.int8)], dict(axis=2, block_size=2), 1),
    ("dequantize_10", 10, "DequantizeLinear", [(X * 50).astype(np.int8), np.float32(0.1), np.int8(3)], {}, 1),
    ("dequantize_int32", 13, "DequantizeLinear", [(X * 5000).astype(np.int32), np.array([0.1, 0.3], np.float32)], dict(axis=0), 1),
    ("dequantize_blocked", 21, "DequantizeLinear", [(X * 50).astype(np.int8), rng(2, 2, 4), np.ones((2, 2, 4), np.int8)], dict(axis=1, block_size=2), 1),
    ("qlinearmatmul_columns", 10, "QLinearMatMul",
     [(rng(3, 4) * 40).astype(np.int8), np.float32(0.1), np.int8(4), (rng(4, 2) * 40).astype(np.int8), np.array([0.1, 0.2], np.float32), np.array([1, -5], np.int8),
      np.float32(1.5), np.int8(-9)], {}, 1),
    ("matmulinteger_columns", 10, "MatMulInteger",
     [(rng(2, 3, 4) * 40).astype(np.int8), (rng(4, 2) * 40).astype(np.int8), np.int8(4), np.array([1, -5], np.int8)], {}, 1),
    ("qlinearconv_bias", 10, "QLinearConv",
     [(IMAGE * 30 + 100).astype(np.uint8), np.float32(0.05), np.uint8(100), (rng(4, 3, 3, 3) * 40).astype(np.int8), np.array([0.1, 0.2, 0.3, 0.05], np.float32),
      np.zeros(4, np.int8), np.float32(1.5), np.uint8(128), (rng(4) * 500).astype(np.int32)], dict(pads=[1, 0, 1, 0], strides=[2, 1]), 1),
    ("convinteger_strided", 10, "ConvInteger", [(IMAGE * 30 + 100).astype(np.uint8), (rng(2, 3, 3, 3) * 40 + 100).astype(np.uint8), np.uint8(100), np.uint8(90)],
     dict(pads=[1, 0, 1, 0], strides=[2, 1]), 1),
    ("bitshift_broadcast", 11, "BitShift", [np.array([[1, 3], [200, 255]], np.uint8), np.array([1, 7], np.uint8)], dict(direction="LEFT"), 1),
    ("det_5", 11, "Det", [rng(2, 5, 5)], {}, 1),
    ("unique_axis_unsorted", 11, "Unique", [np.array([[2, 1, 2, 0], [3, 1, 3, 0], [2, 1, 2, 5]], np.float32)], dict(axis=1, sorted=0), 4),
    # Random numbers of distributions that leave no choice.
    ("multinomial_certain", 10, "Multinomial", [np.array([[0, -200, -200], [-200, -200, 0]], np.float32)], dict(sample_size=3), 1),
    ("randomnormal_certain", 7, "RandomNormal", [], dict(shape=[2, 3], mean=1.5, scale=1e-30), 1),
    ("randomnormallike_certain", 7, "RandomNormalLike", [X], dict(mean=1.5, scale=1e-30, seed=3.0), 1),
    ("randomuniform_certain", 7, "RandomUniform", [], dict(shape=[2, 3], low=0.25, high=0.250001), 1),
    ("randomuniformlike_certain", 7, "RandomUniformLike", [X], dict(low=0.25, high=0.250001, dtype=TensorProto.DOUBLE), 1),
    ("contrib_quantize_int16", 17, "com.microsoft.QuantizeLinear", [X, np.array([0.1, 0.02, 0.004], np.float32), np.array([0, 7, -3], np.int16)], dict(axis=1), 1),
    ("contrib_dequantize_int16", 17, "com.microsoft.DequantizeLinear", [(X * 5000).astype(np.int16), np.float32(0.1), np.int16(300)], {}, 1),
    ("tfidf_weights", 9, "TfIdfVectorizer", [np.array([[1, 1, 3, 3, 3, 7], [8, 6, 7, 5, 6, 8]], np.int32)],
     dict(mode="TFIDF", min_gram_length=1, max_gram_length=2, max_skip_count=1, ngram_counts=[0, 4], ngram_indexes=[0, 2, 1, 3, 6, 5, 4],
          pool_int64s=[2, 3, 5, 4, 5, 6, 7, 8, 6, 7], weights=[0.5, 2.0, 1.5, 1.0, 3.0, 0.25, 4.0]), 1),
    ("tfidf_idf", 9, "TfIdfVectorizer", [np.array([1, 1, 3, 3, 3, 7, 8, 6, 7], np.int64)],
     dict(mode="IDF", min_gram_length=1, max_gram_length=3, max_skip_count=2, ngram_counts=[0, 2, 6], ngram_indexes=[0, 1, 2, 3, 4],
          pool_int64s=[3, 5, 3, 7, 6, 7, 3, 3, 7]), 1),
    ("ml_arrayfeatureextractor", 17, "ai.onnx.ml.ArrayFeatureExtractor", [X, i64(3, 0, 3)], {}, 1),
    ("ml_arrayfeatureextractor_row", 17, "ai.onnx.ml.ArrayFeatureExtractor", [rng(5), np.array([[4], [1]])], {}, 1),
    ("ml_binarizer", 17, "ai.onnx.ml.Binarizer", [X], dict(threshold=0.25), 1),
    ("ml_imputer", 17, "ai.onnx.ml.Imputer", [np.array([[1, np.nan, 3], [np.nan, np.nan, 0.5]], np.float32)],
     dict(imputed_value_floats=[0.25, -2.5, 9.0], replaced_value_float=float("nan")), 1),
    ("ml_imputer_int", 17, "ai.onnx.ml.Imputer", [np.array([[1, 0, 3], [-7, 0, 0]], np.int64)], dict(imputed_value_int64s=[5]), 1),
    ("ml_imputer_all", 17, "ai.onnx.ml.Imputer", [rng(5, 3)], dict(imputed_value_floats=[0.25], replaced_value_float=float("nan")), 1),
    ("ml_labelencoder", 17, "ai.onnx.ml.LabelEncoder", [i64(5, 3, 4, 3)], dict(keys_int64s=[3, 5], values_floats=[0.5, -2.0], default_float=7.5), 1),
    ("ml_labelencoder_int", 17, "ai.onnx.ml.LabelEncoder", [np.array([[2, -2], [9, 0]], np.int64)],
     dict(keys_int64s=[-2, 0, 2], values_int64s=[0, 1, 2]), 1),
    ("ml_linearclassifier", 17, "ai.onnx.ml.LinearClassifier", [rng(5, 3)],
     dict(classlabels_ints=[7, 4], coefficients=[0.5, -1.0, 2.0, -0.5, 1.5, 0.25], intercepts=[0.1, -0.2], post_transform="SOFTMAX"), 2),
    ("ml_linearregressor", 17, "ai.onnx.ml.LinearRegressor", [rng(5, 3)],
     dict(targets=2, coefficients=[0.5, -1.0, 2.0, -0.5, 1.5, 0.25], intercepts=[0.1, -0.2]), 1),
    ("ml_linearregressor_logistic", 17, "ai.onnx.ml.LinearRegressor", [rng(5, 3)],
     dict(targets=2, coefficients=[0.5, -1.0, 2.0, -0.5, 1.5, 0.25], post_transform="LOGISTIC"), 1),
    *((f"ml_normalizer_{norm.lower()}", 17, "ai.onnx.ml.Normalizer", [np.array([[1, -3, 2], [0, 0, 0], [-1, -2, -4]], np.float32)], dict(norm=norm), 1)
      for norm in ("MAX", "L1", "L2")),
    ("ml_onehotencoder", 17, "ai.onnx.ml.OneHotEncoder", [np.array([[2.9, -1], [0, 7]], np.float32)], dict(cats_int64s=[-1, 2, 7]), 1),
    ("ml_scaler", 17, "ai.onnx.ml.Scaler", [rng(5, 3)], dict(offset=[0.5, -1.0, 2.0], scale=[2.0, 0.1, -3.0]), 1),
    ("ml_scaler_all", 17, "ai.onnx.ml.Scaler", [np.array([3, -4, 5], np.int64)], dict(offset=[0.5], scale=[0.1]), 1),
]


def position_buckets(queries, keys, buckets, farthest, both):
    """Which row of T5's table the bias of each query and key is, as its authors compute it."""
    distance = np.arange(keys)[None] - np.arange(queries)[:, None]
    first = np.zeros_like(distance)
    if both:
        buckets //= 2
        first, distance = (distance > 0) * buckets, np.abs(distance)
    else:
        distance = -np.minimum(distance, 0)
    exact = buckets // 2
    far = np.float32(np.log(np.maximum(distance, 1) / exact)) / np.float32(np.log(farthest / exact)) * (buckets - exact)
    return first + np.where(distance < exact, distance, np.minimum(exact + far.astype(int), buckets - 1))


def position_bias(name, queries, keys, buckets, **attributes):
    """A case of RelativePositionBias for two heads, whose table is written column by column."""
    index = position_buckets(queries, keys, buckets, attributes["max_distance"], attributes.get("is_bidirectional", 0)).ravel().tolist()
    return (name, 17, "com.microsoft.RelativePositionBias", [rng(buckets, 2), i64(queries), i64(keys)], attributes, 1,
            f"h = Constant <value_ints = [2, {buckets}]>() t = Reshape(x0, h) i = Constant <value_ints = {index}>() "
            f"g = Gather <axis = 1>(t, i) s = Constant <value_ints = [1, 2, {queries}, {keys}]>() y0 = Reshape(g, s)")


# Like CASES, and nodes that give the same: what ONNX Runtime has for GPUs only.
EQUIVALENT = [
    ("contrib_biasadd", 17, "com.microsoft.BiasAdd", [X, rng(4), rng(2, 3, 4, seed=1)], {}, 1, "y0 = Sum(x0, x1, x2)"),
    ("batchnorm_training_old", 9, "BatchNormalization", [X, rng(3), rng(3, seed=1), rng(3, seed=2), np.abs(rng(3, seed=3)) + 0.5], dict(momentum=0.8), 3,
     "y0, y1, y2 = BatchNormalization <momentum = 0.8, training_mode = 1>(x0, x1, x2, x3, x4)"),
    ("contrib_biasdropout", 17, "com.microsoft.BiasDropout", [X, rng(4), rng(2, 3, 4, seed=1), np.float32(0.4)], {}, 1, "y0 = Sum(x0, x1, x2)"),
    ("contrib_biassoftmax", 17, "com.microsoft.BiasSoftmax", [rng(2, 3, 4, 5), rng(2, 1, 4, 5)], dict(axis=3, is_inner_broadcast=1), 1,
     "a = Add(x0, x1) y0 = Softmax(a)"),
    ("contrib_biassoftmax_axes", 17, "com.microsoft.BiasSoftmax", [rng(2, 3, 4, 5), rng(4, 5)], dict(axis=2, is_inner_broadcast=0), 1,
     "a = Add(x0, x1) s = Shape(a) f = Flatten <axis = 2>(a) p = Softmax(f) y0 = Reshape(p, s)"),
    ("contrib_biassplitgelu", 17, "com.microsoft.BiasSplitGelu", [rng(2, 3, 8), rng(8)], {}, 1,
     "a = Add(x0, x1) left, right = Split <axis = 2>(a) g = com.microsoft.Gelu(right) y0 = Mul(left, g)"),
    ("contrib_gemmfastgelu", 17, "com.microsoft.GemmFastGelu", [X, rng(4, 5), rng(5)], {}, 1, "a = MatMul(x0, x1) y0 = com.microsoft.FastGelu(a, x2)"),
    ("contrib_groupnorm", 17, "com.microsoft.GroupNorm", [rng(2, 3, 5, 6), rng(6), rng(6, seed=1)], dict(groups=2, activation=1), 1,
     "a = Transpose <perm = [0, 3, 1, 2]>(x0) n = Constant <value_ints = [0, 2, -1]>() g = Reshape(a, n) "
     "one = Constant <value = float[2] {1.0, 1.0}>() zero = Constant <value = float[2] {0.0, 0.0}>() "
     "i = InstanceNormalization(g, one, zero) s = Shape(a) b = Reshape(i, s) c = Transpose <perm = [0, 2, 3, 1]>(b) "
     "d = Mul(c, x1) e = Add(d, x2) h = Sigmoid(e) y0 = Mul(e, h)"),
    ("contrib_groupnorm_first", 17, "com.microsoft.GroupNorm", [rng(2, 3, 5), rng(3), rng(3, seed=1)],
     dict(groups=3, activation=0, channels_last=0, epsilon=1e-3), 1, "y0 = InstanceNormalization <epsilon = 0.001>(x0, x1, x2)"),
    ("contrib_skipgroupnorm", 17, "com.microsoft.SkipGroupNorm", [rng(2, 3, 5, 4), rng(4), rng(4, seed=1), rng(2, 4), rng(4, seed=2)],
     dict(groups=4, activation=0), 2,
     "n = Constant <value_ints = [0, 1, 1, -1]>() r = Reshape(x3, n) y1 = Sum(x0, r, x4) a = Transpose <perm = [0, 3, 1, 2]>(y1) "
     "b = InstanceNormalization(a, x1, x2) y0 = Transpose <perm = [0, 2, 3, 1]>(b)"),
    ("contrib_mha_packed", 17, "com.microsoft.MultiHeadAttention", [rng(2, 3, 2, 3, 4)], dict(num_heads=2, unidirectional=1), 1,
     "q, k, v = Split <axis = 3>(x0) n = Constant <value_ints = [0, 0, -1]>() a = Reshape(q, n) b = Reshape(k, n) c = Reshape(v, n) "
     "y0 = com.microsoft.MultiHeadAttention <num_heads = 2, unidirectional = 1>(a, b, c)"),
    ("contrib_mha_packed_keys", 17, "com.microsoft.MultiHeadAttention", [rng(2, 3, 8), rng(2, 5, 2, 2, 4)], dict(num_heads=2, scale=0.3), 1,
     "k, v = Split <axis = 3>(x1) n = Constant <value_ints = [0, 0, -1]>() b = Reshape(k, n) c = Reshape(v, n) "
     "y0 = com.microsoft.MultiHeadAttention <num_heads = 2, scale = 0.3>(x0, b, c)"),
    ("contrib_nhwcconv", 17, "com.microsoft.NhwcConv", [rng(2, 7, 6, 3), rng(2, 3, 3, 2), rng(2)], dict(strides=[2, 1], pads=[1, 0, 1, 0]), 1,
     "a = Transpose <perm = [0, 3, 1, 2]>(x0) b = Conv <strides = [2, 1], pads = [1, 0, 1, 0]>(a, x1, x2) y0 = Transpose <perm = [0, 2, 3, 1]>(b)"),
    ("contrib_nhwcfusedconv", 17, "com.microsoft.NhwcFusedConv", [rng(2, 7, 6, 3), rng(2, 3, 3, 2), rng(2), rng(2, 4, 5, 2)],
     dict(strides=[2, 1], pads=[1, 0, 1, 0], activation="LeakyRelu", activation_params=[0.3]), 1,
     "a = Transpose <perm = [0, 3, 1, 2]>(x0) b = Conv <strides = [2, 1], pads = [1, 0, 1, 0]>(a, x1, x2) c = Transpose <perm = [0, 2, 3, 1]>(b) "
     "d = Add(c, x3) y0 = LeakyRelu <alpha = 0.3>(d)"),
    position_bias("contrib_positionbias", 20, 24, 16, max_distance=16, is_bidirectional=1),
    position_bias("contrib_positionbias_decoder", 40, 40, 8, max_distance=32),
    # ONNX Runtime makes a list of maps of it.
    ("ml_zipmap", 17, "ai.onnx.ml.ZipMap", [rng(3, 2)], dict(classlabels_int64s=[4, 7]), 1, "y0 = Identity(x0)"),
    # ONNX Runtime takes the probability of 1 for that of 0.
    ("bernoulli_certain", 17, "Bernoulli", [np.array([[0, 1, 1], [1, 0, 0]], np.float32)], {}, 1, "y0 = Identity(x0)"),
]


# Like CASES: what ONNX Runtime does not have, and ONNX's reference has.
REFERENCE = [
    ("gridsample_3d_cubic", 20, "GridSample", [rng(1, 2, 3, 2, 3), rng(1, 2, 1, 2, 3)], dict(mode="cubic", padding_mode="reflection"), 1),
    ("gridsample_4d", 20, "GridSample", [rng(1, 1, 2, 3, 2, 3), rng(1, 2, 1, 2, 1, 4)], dict(align_corners=1), 1),
    ("mod_float_floor", 28, "Mod", [f32(5.3, -5.3, 5.3, -5.3), f32(2, 2, -2, -2)], {}, 1),
]


# name, model in ONNX's own text form, inputs: what one node is not enough for
MODELS = [
    ("if_captured", """<ir_version: 8, opset_import: ["": 17]> g (float[2,3,4] x) => (float[2,3,4] y)
     {
       yes = Constant <value = bool {1}> ()
       y = If (yes) <then_branch = a () => (float[2,3,4] p) { p = Mul (x, x) },
                     else_branch = b () => (float[2,3,4] q) { q = Neg (x) }>
     }""", [X]),
    ("sequence", """<ir_version: 8, opset_import: ["": 17]> g (float[2,3,4] x, float[2,1,4] z) => (float[c,b,a] y, int64 n)
     {
       zero = Constant <value = int64 {0}> ()
       last = Constant <value = int64 {-1}> ()
       empty = SequenceEmpty ()
       one = SequenceInsert (empty, z)
       parts = SplitToSequence <axis = 1> (x)
       middle = SequenceErase (parts, zero)
       part = SequenceAt (middle, last)
       three = SequenceConstruct (part, z, part)
       more = SequenceInsert (three, part, zero)
       n = SequenceLength (more)
       squares = SequenceMap (more) <body = s (float[a,b,c] e) => (float[a,b,c] f) { f = Mul (e, e) }>
       y = ConcatFromSequence <axis = 1> (squares)
     }""", [X, rng(2, 1, 4)]),
    ("optional", """<ir_version: 8, opset_import: ["": 18]> g (float[2,3,4] x) => (float[2,3,4] y, bool has)
     {
       maybe = Optional (x)
       has = OptionalHasElement (maybe)
       z = OptionalGetElement (maybe)
       y = Mul (z, z)
     }""", [X]),
    ("contrib_skip_sum", """<ir_version: 8, opset_import: ["": 17, "com.microsoft": 1]>
     g (float[2,3,4] x, float[2,3,4] skip, float[4] gamma, float[4] beta, float[4] bias) => (float[2,3,4] y, float[2,3,4] sum)
     { y, , , sum = com.microsoft.SkipLayerNormalization (x, skip, gamma, beta, bias) }""",
     [X, rng(2, 3, 4, seed=1), rng(4), rng(4, seed=1), rng(4, seed=2)]),
    ("contrib_skip_simplified_sum", """<ir_version: 8, opset_import: ["": 17, "com.microsoft": 1]>
     g (float[2,3,4] x, float[2,3,4] skip, float[4] gamma, float[4] bias) => (float[2,3,4] y, float[2,3,4] sum)
     { y, , , sum = com.microsoft.SkipSimplifiedLayerNormalization (x, skip, gamma, bias) }""",
     [X, rng(2, 3, 4, seed=1), rng(4), rng(4, seed=2)]),
]


DOMAINS = {"com.microsoft": 1, "ai.onnx.ml": 2}


def node_model(name, opset, op, arrays, attributes, results):
    """A model of one node, and what to feed it."""
    domain, _, op = op.rpartition(".")
    feed = {f"x{i}": np.asarray(a) for i, a in enumerate(arrays) if a is not None}
    names = ["" if a is None else f"x{i}" for i, a in enumerate(arrays)]
    inputs = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in feed.items()]
    outputs = [f"y{i}" for i in range(results)]
    graph = helper.make_graph([helper.make_node(op, names, outputs, name=name, domain=domain, **attributes)], name, inputs,
                              [helper.make_empty_tensor_value_info(o) for o in outputs])
    opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, DOMAINS[domain])] if domain else [])
    return helper.make_model(graph, opset_imports=opsets, ir_version=8), feed


def text_model(name, text, arrays):
    """A model in text form, and what to feed it."""
    model = onnx.parser.parse_model(text)
    return model, {v.name: np.asarray(a) for v, a in zip(model.graph.input, arrays, strict=True)}


def runtime_cases(archive):
    models = [(c[0], node_model(*c)) for c in CASES] + [(m[0], text_model(*m)) for m in MODELS]
    for name, (model, feed) in models:
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        results = session.run(None, feed)
        for v, a in zip(model.graph.output, results):
            v.CopyFrom(helper.make_tensor_value_info(v.name, helper.np_dtype_to_tensor_dtype(a.dtype), None))
        write(archive, "runtime/" + name, model, feed.values(), results)


def reference_cases(archive):
    for case in REFERENCE:
        model, feed = node_model(*case)
        results = onnx.reference.ReferenceEvaluator(model).run(None, feed)
        for v, a in zip(model.graph.output, results):
            v.CopyFrom(helper.make_tensor_value_info(v.name, helper.np_dtype_to_tensor_dtype(a.dtype), None))
        write(archive, "runtime/" + case[0], model, feed.values(), results)


def equivalent_cases(archive):
    for *case, nodes in EQUIVALENT:
        model, feed = node_model(*case)
        inputs = ", ".join(f"{'int64' if a.dtype == np.int64 else 'float'}[{','.join(map(str, a.shape))}] {name}" for name, a in feed.items())
        outputs = ", ".join(f"float {v.name}" for v in model.graph.output)
        same, _ = text_model("", f'<ir_version: 8, opset_import: ["": 17, "com.microsoft": 1]> g ({inputs}) => ({outputs}) {{ {nodes} }}', feed.values())
        session = onnxruntime.InferenceSession(same.SerializeToString(), providers=["CPUExecutionProvider"])
        for v in model.graph.output:
            v.CopyFrom(helper.make_tensor_value_info(v.name, TensorProto.FLOAT, None))
        write(archive, "runtime/" + case[0], model, feed.values(), session.run(None, feed))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--all", action="store_true", help="all node tests, and nothing else")
    ap.add_argument("out")
    args = ap.parse_args()
    # No date: the same cases give the same archive.
    with gzip.GzipFile(args.out, "wb", compresslevel=1 if args.all else 9, mtime=0) as f, tarfile.open(fileobj=f, mode="w") as archive:
        node_cases(archive, args.all)
        if not args.all:
            runtime_cases(archive)
            reference_cases(archive)
            equivalent_cases(archive)


if __name__ == "__main__":
    main()
