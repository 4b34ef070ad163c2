"""BERT's encoder as an ONNX graph, with the inputs and the output by which Transformers.js knows it."""

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

# The first version with Gelu as an operator of its own.
OPSET = 20


class Graph:
    """Nodes and weights, in the order in which they are added."""

    def __init__(self):
        self.nodes = []
        self.weights = {}

    def node(self, operator: str, *inputs: str, **attributes) -> str:
        """Adds a node with one output, and gives the name of that."""
        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def weight(self, name: str, values: np.ndarray) -> str:
        self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def integers(self, *values: int) -> str:
        return self.weight("integers_" + "_".join(map(str, values)), np.array(values, np.int64))

    def number(self, value: float) -> str:
        return self.weight(f"number_{value}", np.array(value, np.float32))


def encoder(tensors: dict[str, np.ndarray], config: dict) -> ModelProto:
    """The model: `last_hidden_state`, the vector of each token, of the ids of the tokens."""
    graph = Graph()
    heads = config["num_attention_heads"]
    head_size = config["hidden_size"] // heads

    def weight(name):
        return graph.weight(name, tensors[name])

    def dense(name, hidden):
        # PyTorch keeps the weights of a layer as rows of outputs.
        product = graph.node("MatMul", hidden, graph.weight(f"{name}.weight", tensors[f"{name}.weight"].T))
        return graph.node("Add", product, weight(f"{name}.bias"))

    def normalized(name, hidden):
        scale, bias = weight(f"{name}.weight"), weight(f"{name}.bias")
        return graph.node("LayerNormalization", hidden, scale, bias, axis=-1, epsilon=config["layer_norm_eps"])

    def in_heads(hidden, order):
        split = graph.node("Reshape", hidden, graph.integers(0, 0, heads, head_size))
        return graph.node("Transpose", split, perm=order)

    def attention(layer, hidden):
        query = in_heads(dense(f"{layer}.self.query", hidden), [0, 2, 1, 3])
        key = in_heads(dense(f"{layer}.self.key", hidden), [0, 2, 3, 1])
        value = in_heads(dense(f"{layer}.self.value", hidden), [0, 2, 1, 3])
        scores = graph.node("Mul", graph.node("MatMul", query, key), graph.number(head_size**-0.5))
        shares = graph.node("Softmax", graph.node("Add", scores, padding), axis=-1)
        context = graph.node("Transpose", graph.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        together = graph.node("Reshape", context, graph.integers(0, 0, config["hidden_size"]))
        return normalized(f"{layer}.output.LayerNorm", graph.node("Add", dense(f"{layer}.output.dense", together), hidden))

    # Nobody attends to padding: the lowest number there is makes its share 0.
    present = graph.node("Cast", graph.node("Unsqueeze", "attention_mask", graph.integers(1, 2)), to=TensorProto.FLOAT)
    absent = graph.node("Sub", graph.number(1.0), present)
    padding = graph.node("Mul", absent, graph.number(float(np.finfo(np.float32).min)))

    words = graph.node("Gather", weight("embeddings.word_embeddings.weight"), "input_ids")
    types = graph.node("Gather", weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
    length = graph.node("Shape", "input_ids", start=1, end=2)
    table = weight("embeddings.position_embeddings.weight")
    positions = graph.node("Slice", table, graph.integers(0), length, graph.integers(0))
    hidden = graph.node("Add", graph.node("Add", words, types), positions)
    hidden = normalized("embeddings.LayerNorm", hidden)

    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        hidden = attention(f"{layer}.attention", hidden)
        wide = graph.node("Gelu", dense(f"{layer}.intermediate.dense", hidden))
        hidden = normalized(f"{layer}.output.LayerNorm", graph.node("Add", dense(f"{layer}.output.dense", wide), hidden))

    graph.nodes.append(helper.make_node("Identity", [hidden], ["last_hidden_state"]))
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch_size", "sequence_length"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    states = helper.make_tensor_value_info(
        "last_hidden_state", TensorProto.FLOAT, ["batch_size", "sequence_length", config["hidden_size"]]
    )
    model = helper.make_model(
        helper.make_graph(graph.nodes, "encoder", ids, [states], list(graph.weights.values())),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=10,
        producer_name="millrace-example",
    )
    checker.check_model(model)
    return model
