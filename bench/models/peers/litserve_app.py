"""LitServe with its own batching."""

import sys

import litserve
from mlp import Model
from pydantic import BaseModel, Field


class Body(BaseModel):
    item: list[float] = Field(min_length=64, max_length=64)


class Api(litserve.LitAPI):
    def setup(self, device):
        self.model = Model()
        self.model.load()

    def decode_request(self, request: Body):
        return request.item

    def batch(self, inputs):
        return inputs

    def predict(self, batch):
        return self.model.run(batch)

    def unbatch(self, output):
        return output

    def encode_response(self, output):
        return {"output": output}


if __name__ == "__main__":
    server = litserve.LitServer(Api(max_batch_size=32, batch_timeout=0.005), accelerator="cpu", fast_queue=True)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")
