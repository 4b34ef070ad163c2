"""Flask with pydantic 2 for its inputs, which is the fastest that is common there. No check of what is answered."""

import time
from typing import Annotated

from flask import Flask, Response, jsonify, request
from pydantic import BaseModel, Field, ValidationError

from python_rules import CALL_SECONDS, EVENT_COUNT, EVENT_EVERY_SECONDS, Prediction, Text32, Token, answer_to


class ItemQuery(BaseModel):
    limit: Annotated[int, Field(ge=1, le=100)]
    tag: Text32


app = Flask(__name__)
app.json.sort_keys = False


@app.errorhandler(ValidationError)
def refuse(error):
    return jsonify(detail=error.errors(include_url=False, include_context=False, include_input=False)), 422


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/predict")
def predict():
    body = Prediction.model_validate_json(request.get_data())
    return answer_to(body)


@app.get("/items/<int:id>")
def item(id):
    if id < 1:
        return {"detail": "The id is not valid"}, 422
    query = ItemQuery.model_validate(request.args.to_dict())
    return {"id": id, "limit": query.limit, "tag": query.tag}


@app.get("/wait")
def wait():
    time.sleep(CALL_SECONDS)
    return {"status": "ok"}


@app.get("/events")
def events():
    def write():
        for index in range(EVENT_COUNT):
            time.sleep(EVENT_EVERY_SECONDS)
            yield f"data: {Token(index=index, token='flour').model_dump_json()}\n\n"

    return Response(write(), content_type="text/event-stream", headers={"cache-control": "no-cache"})
