"""FastAPI with batching written by hand: whatever waits goes to one thread, up to 32 at a time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI
from mlp import Model
from pydantic import BaseModel, Field

MAX_SIZE = 32


class Body(BaseModel):
    item: list[float] = Field(min_length=64, max_length=64)


class Answer(BaseModel):
    output: list[float]


model = Model()
model.load()
waiting: asyncio.Queue = asyncio.Queue()


async def serve_batches():
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(max_workers=1)
    while True:
        batch = [await waiting.get()]
        while len(batch) < MAX_SIZE and not waiting.empty():
            batch.append(waiting.get_nowait())
        try:
            results = await loop.run_in_executor(thread, model.run, [item for item, _ in batch])
            for (_, future), result in zip(batch, results):
                if not future.done():
                    future.set_result(result)
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)


@asynccontextmanager
async def lifespan(_app):
    task = asyncio.create_task(serve_batches())
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health() -> str:
    return "ok"


@app.post("/predict")
async def predict(body: Body) -> Answer:
    future = asyncio.get_running_loop().create_future()
    waiting.put_nowait((body.item, future))
    return Answer(output=await future)
