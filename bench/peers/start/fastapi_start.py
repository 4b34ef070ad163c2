"""FastAPI with BENCH_ROUTES operations, each with models of its own."""

import os
from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel, Field, create_model

app = FastAPI()


@app.get("/health")
async def health():
    return {"status": "ok"}


def add(index):
    body_model = create_model(
        f"Body{index}",
        text=(str, Field(min_length=1, max_length=2000)),
        times=(int, Field(ge=0, le=index + 10)),
        tags=(list[Annotated[str, Field(max_length=32)]], Field(max_length=16)),
    )
    answer_model = create_model(f"Answer{index}", __base__=BaseModel, id=(str, ...), score=(float, ...))

    @app.post(f"/operation{index}/{{id}}", response_model=answer_model)
    async def handle(id: str, body: body_model):
        return {"id": id, "score": body.times / 2}


for index in range(int(os.environ.get("BENCH_ROUTES", "1"))):
    add(index)
