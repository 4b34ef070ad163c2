"""Reads a file of weights in the safetensors format: the length of a header, the header in JSON, the numbers."""

import json
from pathlib import Path

import numpy as np

DTYPES = {"F32": np.float32, "I64": np.int64}


def read(path: Path) -> dict[str, np.ndarray]:
    """The tensors by name, views of the file's bytes."""
    data = path.read_bytes()
    header_length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + header_length])
    body = memoryview(data)[8 + header_length :]
    tensors = {}
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        begin, end = tensor["data_offsets"]
        tensors[name] = np.frombuffer(body[begin:end], DTYPES[tensor["dtype"]]).reshape(tensor["shape"])
    return tensors
