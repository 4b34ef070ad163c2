"""Exports all-MiniLM-L6-v2 from PyTorch's weights to ONNX, and lays it out as Transformers.js reads it.

    python export.py <folder with model.safetensors> <folder to write> [--reference <file>]

The graph is run in NumPy and compared with the model written in NumPy before anything is kept.
"""

import argparse
import json
import shutil
import textwrap
import time
from pathlib import Path

import numpy as np
from onnx.reference import ReferenceEvaluator

import graph
import reference
import weights

SENTENCES = [
    "The mill turns with the river.",
    "A river drives the wheel of the mill.",
    "She plays the violin in an orchestra.",
    "Mill",
    "How do I reset the password of my account, when I no longer have access to my email address?",
]
# Single precision against double.
TOLERANCE = 1e-5


class Step:
    """Says what is being done, and how long it took."""

    def __init__(self, what: str):
        self.what = what

    def __enter__(self):
        self.start = time.perf_counter()
        print(f"  {self.what} … ", end="", flush=True)

    def __exit__(self, error, *_):
        print("failed" if error else f"{time.perf_counter() - self.start:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--reference", type=Path, help="where to write the vectors of a few sentences")
    arguments = parser.parse_args()
    config = json.loads((arguments.source / "config.json").read_text())
    vocabulary = json.loads((arguments.source / "tokenizer.json").read_text())["model"]["vocab"]

    with Step("reading the weights"):
        tensors = weights.read(arguments.source / "model.safetensors")
    with Step(f"building the graph of {config['num_hidden_layers']} layers"):
        model = graph.encoder(tensors, config)
    with Step(f"comparing {len(SENTENCES)} sentences with NumPy"):
        ids, mask = reference.padded([reference.tokens(sentence, vocabulary) for sentence in SENTENCES])
        expected = reference.hidden_states(tensors, config, ids, mask)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (states,) = ReferenceEvaluator(model).run(None, inputs)
        vectors = reference.sentence_vectors(expected, mask)
        difference = np.abs(reference.sentence_vectors(states, mask) - vectors).max()
    if not difference < TOLERANCE:
        raise SystemExit(f"The graph is not the model: a number of a vector differs by {difference:.1e}")
    print(f"  largest difference of two numbers: {difference:.1e}")
    with Step("writing the model"):
        (arguments.target / "onnx").mkdir(parents=True)
        (arguments.target / "onnx" / "model.onnx").write_bytes(model.SerializeToString())
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
            shutil.copy(arguments.source / name, arguments.target / name)

    if arguments.reference:
        samples = ",\n".join(written(text, vector) for text, vector in zip(SENTENCES, vectors))
        arguments.reference.write_text(f"[\n{samples}\n]\n")


def written(text, vector):
    """A sentence and its vector as JSON, in lines of 120 characters."""
    numbers = ", ".join(str(round(float(number), 6)) for number in vector)
    lines = "\n".join(textwrap.wrap(numbers, 120, initial_indent=" " * 6, subsequent_indent=" " * 6))
    return f'  {{\n    "text": {json.dumps(text)},\n    "vector": [\n{lines}\n    ]\n  }}'


if __name__ == "__main__":
    main()
