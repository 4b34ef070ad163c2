"""FastAPI as its documentation has it: declared inputs and answers, checked and written by pydantic 2."""

import asyncio
from collections.abc import AsyncIterable
from typing import Annotated, Literal

from fastapi import FastAPI, Path, Query
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel

from python_rules import CALL_SECONDS, EVENT_COUNT, EVENT_EVERY_SECONDS, Item, Prediction, Token, Vectors, answer_to


class Status(BaseModel):
    status: Literal["ok"]


app = FastAPI()


@app.get("/health")
async def health() -> Status:
    return Status(status="ok")


@app.post("/predict")
async def predict(body: Prediction) -> Vectors:
    return answer_to(body)


@app.get("/items/{id}")
async def item(
    id: Annotated[int, Path(ge=1)],
    limit: Annotated[int, Query(ge=1, le=100)],
    tag: Annotated[str, Query(min_length=1, max_length=32)],
) -> Item:
    return Item(id=id, limit=limit, tag=tag)


@app.get("/wait")
async def wait() -> Status:
    await asyncio.sleep(CALL_SECONDS)
    return Status(status="ok")


@app.get("/events", response_class=EventSourceResponse)
async def events() -> AsyncIterable[Token]:
    for index in range(EVENT_COUNT):
        await asyncio.sleep(EVENT_EVERY_SECONDS)
        yield Token(index=index, token="flour")
