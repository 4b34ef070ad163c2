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


def numbers(seed, of):
    return [math.floor(of(seed + index + 0.5) * 1e6 + 0.5) / 1e6 for index in range(32)]


ANSWERS = [{"scores": numbers(limit, math.sin), "embedding": numbers(limit, math.cos)} for limit in range(101)]
