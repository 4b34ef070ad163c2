"""The model that every server of the comparison serves: a multilayer perceptron in numpy."""

import os
import time

import numpy

WIDTH = 512
LAYERS = int(os.environ.get("BENCH_LAYERS", "16"))
LOG = os.environ.get("BENCH_LOG")


class Model:
    def load(self):
        random = numpy.random.default_rng(1)
        self.layers = [
            (random.standard_normal((WIDTH, WIDTH)) / WIDTH**0.5 * 1.4).astype("float32") for _ in range(LAYERS)
        ]

    def run(self, batch):
        # A negative first number makes it a job of one second, whose end is written down under that number.
        jobs = [-int(item[0]) for item in batch if item[0] < 0]
        began = time.time()
        if jobs:
            time.sleep(1)
        x = numpy.tile(numpy.asarray(batch, dtype="float32"), (1, WIDTH // len(batch[0])))
        for layer in self.layers:
            x = numpy.maximum(x @ layer, 0)
        if jobs:
            with open(LOG, "a") as log:
                log.writelines(f"{job} {began * 1000} {time.time() * 1000}\n" for job in jobs)
        return x[:, :8].tolist()
