"""Writes the small models that the tests of `onnx()` run. Needs the packages of `train/requirements.txt`."""

from pathlib import Path

from onnx import TensorProto, checker, helper, save

FOLDER = Path(__file__).resolve().parent
FLOAT, FLOAT16, INT64 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64


def write(name, nodes, inputs, outputs, constants=()):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(*value) for value in inputs],
        [helper.make_tensor_value_info(*value) for value in outputs],
        [helper.make_tensor(*constant) for constant in constants],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    checker.check_model(model, full_check=True)
    save(model, FOLDER / f"{name}.onnx")


# Two inputs of a free length; outputs of one, two and three dimensions with the batch, and one without it.
write(
    "add",
    [
        helper.make_node("Add", ["a", "b"], ["sum"]),
        helper.make_node("ReduceSum", ["sum", "one"], ["total"], keepdims=0),
        helper.make_node("Unsqueeze", ["sum", "two"], ["column"]),
        helper.make_node("ReduceMax", ["sum"], ["largest"]),
    ],
    [("a", FLOAT, ["n", "length"]), ("b", FLOAT, ["n", "length"])],
    [
        ("sum", FLOAT, ["n", "length"]),
        ("total", FLOAT, ["n"]),
        ("column", FLOAT, ["n", "length", 1]),
        ("largest", FLOAT, [1, 1]),
    ],
    [("one", INT64, [1], [1]), ("two", INT64, [1], [2])],
)

# Takes batches of four and no others.
write(
    "four",
    [helper.make_node("Add", ["x", "x"], ["y"])],
    [("x", FLOAT, [4, 2])],
    [("y", FLOAT, [4, 2])],
)

# Fails for an id that is not in its table.
write(
    "lookup",
    [helper.make_node("Gather", ["table", "ids"], ["rows"])],
    [("ids", INT64, ["n", "length"])],
    [("rows", FLOAT, ["n", "length", 2])],
    [("table", FLOAT, [3, 2], [0, 1, 10, 11, 20, 21])],
)

# Answers in floats of 16 bits, one by one and as a whole.
write(
    "half",
    [
        helper.make_node("Cast", ["x"], ["halves"], to=FLOAT16),
        helper.make_node("ReduceMax", ["halves", "one"], ["largest"], keepdims=0),
    ],
    [("x", FLOAT, ["n", "length"])],
    [("halves", FLOAT16, ["n", "length"]), ("largest", FLOAT16, ["n"])],
    [("one", INT64, [1], [1])],
)

# Counts up to the largest number of the batch, one by one: takes as long as one likes.
write(
    "count",
    [
        helper.make_node("ReduceMax", ["numbers"], ["times"], keepdims=0),
        helper.make_node("Loop", ["times", "", "numbers"], ["counted"], body=helper.make_graph(
            [
                helper.make_node("Add", ["before", "one"], ["after"]),
                helper.make_node("Identity", ["goes"], ["goes_on"]),
            ],
            "body",
            [
                helper.make_tensor_value_info("round", INT64, []),
                helper.make_tensor_value_info("goes", TensorProto.BOOL, []),
                helper.make_tensor_value_info("before", INT64, None),
            ],
            [
                helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
                helper.make_tensor_value_info("after", INT64, None),
            ],
            [helper.make_tensor("one", INT64, [], [1])],
        )),
    ],
    [("numbers", INT64, ["n"])],
    [("counted", INT64, ["n"])],
)
