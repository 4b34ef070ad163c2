"""What both Python servers share: the rules of the inputs, and what is answered."""

import math
from typing import Annotated

from pydantic import BaseModel, Field

Text32 = Annotated[str, Field(min_length=1, max_length=32)]
CALL_SECONDS = 0.05
EVENT_COUNT = 50
EVENT_EVERY_SECONDS = 0.01


class Options(BaseModel):
    model: str = Field(min_length=1, max_length=64)
    normalize: bool


class Prediction(BaseModel):
    text: str = Field(min_length=1, max_length=2000)
    limit: int = Field(default=10, ge=1, le=100)
    options: Options
    tags: list[Text32] = Field(max_length=16)


class Vectors(BaseModel):
    scores: list[float] = Field(min_length=32, max_length=32)
    embedding: list[float] = Field(min_length=32, max_length=32)


class Item(BaseModel):
    id: int
    limit: int
    tag: str


class Token(BaseModel):
    index: int
    token: str


def numbers(seed):
    millionths = [math.floor((1.25 + math.sin(seed * 32 + at)) * 40_000) * 10 + 1 + at % 9 for at in range(32)]
    return [(-number if at % 2 else number) / 1e6 for at, number in enumerate(millionths)]


# As in workloads.ts: each answer has numbers of its own.
ANSWERS = [{"scores": numbers(2 * seed), "embedding": numbers(2 * seed + 1)} for seed in range(1024)]


def answer_to(prediction):
    return ANSWERS[(int(prediction.text[:4]) + prediction.limit) % len(ANSWERS)]
