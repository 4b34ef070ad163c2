"""FastAPI in its plain form: a sync function, which runs in the thread pool."""

from fastapi import FastAPI
from mlp import Model
from pydantic import BaseModel, Field


class Body(BaseModel):
    item: list[float] = Field(min_length=64, max_length=64)


class Answer(BaseModel):
    output: list[float]


app = FastAPI()
model = Model()
model.load()


@app.get("/health")
def health() -> str:
    return "ok"


@app.post("/predict")
def predict(body: Body) -> Answer:
    return Answer(output=model.run([body.item])[0])
