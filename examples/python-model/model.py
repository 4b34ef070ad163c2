"""The classifier of `examples/digits` as scikit-learn has it. Millrace runs it in a process of its own."""

from pathlib import Path

import joblib
import numpy as np

TRAINED = Path(__file__).resolve().parent.parent / "digits" / "model" / "digits.joblib"


class Model:
    # Run once after loading, so that the first caller does not wait for what NumPy does once.
    warm_up = [np.zeros(64, dtype=np.float32)]

    def load(self):
        self.classifier = joblib.load(TRAINED)

    def run(self, batch):
        # Each item is an array of 64 pixels; each row of the answer goes back as it is, an array of ten.
        return list(self.classifier.predict_proba(np.stack(batch)))
