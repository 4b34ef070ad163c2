"""What both Python servers share: the rules of the inputs, and what is answered."""

import itertools
import math
import struct
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


def rounded_number(seed):
    millionths = math.floor((1.25 + math.sin(seed)) * 40_000) * 10 + 1 + seed % 9
    return (-millionths if seed % 2 else millionths) / 1e6


def float32_number(seed):
    for turn in itertools.count(1):
        exact = (seed * 256 + turn) * 40_503_001 % 2**32 / 2**32
        value = struct.unpack("f", struct.pack("f", exact))[0]
        if value > 0.1 and len(repr(value)) == 18:
            return value


def answers_of(number_at):
    def numbers(seed):
        return [number_at(seed * 32 + at) for at in range(32)]

    return [{"scores": numbers(2 * seed), "embedding": numbers(2 * seed + 1)} for seed in range(DIFFERENT_COUNT)]


# As in workloads.ts: each answer has numbers of its own.
DIFFERENT_COUNT = 1024
ROUNDED_ANSWERS = answers_of(rounded_number)
FLOAT32_ANSWERS = answers_of(float32_number)


def answer_to(prediction):
    at = int(prediction.text[:4])
    answers = ROUNDED_ANSWERS if at < DIFFERENT_COUNT else FLOAT32_ANSWERS
    return answers[(at + prediction.limit) % DIFFERENT_COUNT]
