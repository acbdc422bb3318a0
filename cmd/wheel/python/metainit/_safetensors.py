"""Files of weights (https://github.com/huggingface/safetensors, "Format"), by the standard library alone."""

import json
import struct

DTYPES = {"float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16"}


def write(path, tensors):
    """Writes tensors, (dtype, shape, bytes) by name, of which those of other types than DTYPES are left out."""
    header, parts, at = {}, [], 0
    for name, (dtype, shape, raw) in tensors.items():
        if dtype in DTYPES:
            header[name] = {"dtype": DTYPES[dtype], "shape": list(shape), "data_offsets": [at, at + len(raw)]}
            parts.append(raw)
            at += len(raw)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def read(path):
    """Reads the bytes of each tensor, by name."""
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    spans = {name: entry["data_offsets"] for name, entry in json.loads(data[8:start]).items() if name != "__metadata__"}
    return {name: bytearray(data[start + begin : start + end]) for name, (begin, end) in spans.items()}
