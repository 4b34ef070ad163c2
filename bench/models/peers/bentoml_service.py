"""BentoML with its adaptive batching. A batchable API takes a list, so each request sends a list of one."""

import bentoml
from mlp import Model as Mlp


@bentoml.service(workers=1, traffic={"timeout": 60})
class Service:
    def __init__(self):
        self.model = Mlp()
        self.model.load()

    @bentoml.api(batchable=True, max_batch_size=32, max_latency_ms=10_000, route="/predict")
    def predict(self, items: list[list[float]]) -> list[list[float]]:
        return self.model.run(items)
