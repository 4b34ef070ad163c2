"""The same model in NumPy alone, by what is known of BERT: what the graph, and the server, are compared with."""

import math
import re

import numpy as np

erf = np.vectorize(math.erf, otypes=[np.float64])


def tokens(text: str, vocabulary: dict[str, int]) -> list[int]:
    """The ids of a text. Enough for plain English without accents; the tests hold Transformers.js against it."""
    ids = [vocabulary["[CLS]"]]
    for word in re.findall(r"\w+|[^\w\s]", text.lower()):
        begin = 0
        while begin < len(word):
            # The longest piece that the vocabulary has; what goes on a word is written with ## there.
            ends = range(len(word), begin, -1)
            pieces = (("##" if begin else "") + word[begin:end] for end in ends)
            end, piece = next((end, piece) for end, piece in zip(ends, pieces) if piece in vocabulary)
            ids.append(vocabulary[piece])
            begin = end
    return [*ids, vocabulary["[SEP]"]]


def padded(texts: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Ids of different lengths as one matrix, and the mask of what is no padding."""
    length = max(map(len, texts))
    ids = np.array([[*text, *[0] * (length - len(text))] for text in texts], np.int64)
    mask = np.array([[*[1] * len(text), *[0] * (length - len(text))] for text in texts], np.int64)
    return ids, mask


def hidden_states(tensors: dict[str, np.ndarray], config: dict, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The vector of each token of a batch, in double precision."""
    heads = config["num_attention_heads"]

    def dense(name, hidden):
        return hidden @ tensors[f"{name}.weight"].T.astype(np.float64) + tensors[f"{name}.bias"]

    def normalized(name, hidden):
        centered = hidden - hidden.mean(-1, keepdims=True)
        deviation = np.sqrt((centered**2).mean(-1, keepdims=True) + config["layer_norm_eps"])
        return centered / deviation * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    def by_head(hidden):
        return hidden.reshape(*hidden.shape[:2], heads, -1).swapaxes(1, 2)

    words = tensors["embeddings.word_embeddings.weight"][ids]
    positions = tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
    types = tensors["embeddings.token_type_embeddings.weight"][0]
    hidden = normalized("embeddings.LayerNorm", words.astype(np.float64) + positions + types)
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        query, key, value = (
            by_head(dense(f"{layer}.attention.self.{part}", hidden)) for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(2, 3) / math.sqrt(query.shape[-1])
        scores[np.broadcast_to(mask[:, None, None] == 0, scores.shape)] = -np.inf
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        context = (shares @ value).swapaxes(1, 2).reshape(hidden.shape)
        hidden = normalized(
            f"{layer}.attention.output.LayerNorm", dense(f"{layer}.attention.output.dense", context) + hidden
        )
        wide = dense(f"{layer}.intermediate.dense", hidden)
        wide = wide * (1 + erf(wide / math.sqrt(2))) / 2
        hidden = normalized(f"{layer}.output.LayerNorm", dense(f"{layer}.output.dense", wide) + hidden)
    return hidden


def sentence_vectors(states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mean of the tokens of each text, with the length 1."""
    means = (states * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return means / np.linalg.norm(means, axis=1, keepdims=True)
