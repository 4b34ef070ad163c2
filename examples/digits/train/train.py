"""Trains the classifier on scikit-learn's digits, and writes it as ONNX and as a scikit-learn model.

The digits are 1,797 pictures of 8 x 8 pixels, 0 (paper) to 16 (ink). A quarter of them is kept for testing.
The others are joined by copies of themselves that are turned, stretched, sheared and shifted a little, because
what people draw in a browser stands less straight than what was scanned.
"""

import json
from pathlib import Path

import joblib
import numpy as np
from scipy import ndimage
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

EXAMPLE = Path(__file__).resolve().parent.parent
COPIES = 6
SAMPLES = 50

rng = np.random.default_rng(0)


def distorted(image):
    """The picture, turned by up to 15 degrees, stretched, sheared, shifted and drawn thinner or thicker."""
    angle = np.deg2rad(rng.uniform(-15, 15))
    width, height = rng.uniform(0.85, 1.2), rng.uniform(0.9, 1.15)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1 / height, 0], [rng.uniform(-0.2, 0.2), 1 / width]])
    center = np.array([3.5, 3.5])
    offset = center - matrix @ center + rng.uniform(-0.4, 0.4, 2)
    return np.clip(ndimage.affine_transform(image, matrix, offset, order=1) * rng.uniform(0.85, 1.2), 0, 1)


def written(label, rows):
    """A picture and its label as JSON, a row a line."""
    lines = ",\n".join(f"      {json.dumps(row)}" for row in rows)
    return f'  {{\n    "label": {label},\n    "pixels": [\n{lines}\n    ]\n  }}'


def main():
    digits = load_digits()
    pixels = (digits.data / 16).astype(np.float32)
    train, test, train_labels, test_labels = train_test_split(
        pixels, digits.target, test_size=0.25, random_state=0, stratify=digits.target
    )
    copies = [
        np.array([distorted(image) for image in train.reshape(-1, 8, 8)], dtype=np.float32).reshape(-1, 64)
        for _ in range(COPIES)
    ]
    classifier = MLPClassifier((128,), alpha=1e-3, batch_size=128, max_iter=60, random_state=0)
    classifier.fit(np.concatenate([train, *copies]), np.tile(train_labels, COPIES + 1))

    model = to_onnx(
        classifier,
        initial_types=[("pixels", FloatTensorType([None, 64]))],
        # Without the map from class to probability: a plain tensor instead.
        options={"zipmap": False},
        target_opset=18,
    )
    folder = EXAMPLE / "model"
    folder.mkdir(exist_ok=True)
    (folder / "digits.onnx").write_bytes(model.SerializeToString())
    # What only further training would need.
    del classifier._optimizer
    joblib.dump(classifier, folder / "digits.joblib", compress=3)

    # Test pictures for the tests of this example, in the numbers that the dataset has them in.
    samples = zip(test_labels[:SAMPLES], (test[:SAMPLES] * 16).astype(int).reshape(-1, 8, 8).tolist())
    (EXAMPLE / "test" / "samples.json").write_text("[\n" + ",\n".join(written(*sample) for sample in samples) + "\n]\n")

    right = int((classifier.predict(test) == test_labels).sum())
    right_samples = int((classifier.predict(test[:SAMPLES]) == test_labels[:SAMPLES]).sum())
    print(f"{len(train) * (COPIES + 1)} pictures to learn from")
    print(f"{right} of {len(test)} test pictures right ({right / len(test):.1%}), {right_samples} of the {SAMPLES} samples")


if __name__ == "__main__":
    main()
