"""Runs one Millrace model in a process of its own. Standard library only.

Frames travel over two pipes (file descriptors 3 and 4), so that whatever the model prints goes to the log and
never into the protocol. A frame is two little-endian 32-bit lengths, a JSON header, and raw tensor bytes. In
the header a tensor stands as {"$tensor": {"dtype", "shape", "offset", "length"}}, an offset into the bytes; a key
of the caller's that reads so, whatever its number of `$`, has one `$` more there.
"""

import array
import asyncio
import importlib.util
import inspect
import json
import math
import os
import queue
import re
import signal
import struct
import sys
import threading
import traceback

DTYPES = {
    "float32": "f", "float64": "d", "int8": "b", "uint8": "B", "int16": "h", "uint16": "H",
    "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q",
}
TYPECODES = {code: name for name, code in DTYPES.items()}
# As wide as the machine has them.
TYPECODES["l"] = f"int{array.array('l').itemsize * 8}"
TYPECODES["L"] = f"uint{array.array('L').itemsize * 8}"
# Larger ones would be rounded on the other side.
MAX_INTEGER = 2**53 - 1
# What is larger is no frame to the other side.
MAX_FRAME_BYTES = 2**30
MARKED_KEY = re.compile(r"\$+tensor")

try:
    import numpy
except ImportError:
    numpy = None


class Tensor:
    """A tensor where numpy is not installed: `data` is an `array.array`, `shape` a tuple."""

    def __init__(self, data, shape):
        self.data = data
        self.shape = tuple(shape)


def decode_tensor(spec, blob):
    raw = blob[spec["offset"] : spec["offset"] + spec["length"]]
    if numpy is not None:
        return numpy.frombuffer(raw, dtype=spec["dtype"]).reshape(spec["shape"]).copy()
    data = array.array(DTYPES[spec["dtype"]])
    data.frombytes(raw)
    return data if len(spec["shape"]) == 1 else Tensor(data, spec["shape"])


def decode(raw, blob):
    """A header with its tensors in place. The hook is called for objects alone, so that lists cost nothing."""

    def hook(value):
        if "$tensor" in value:
            return decode_tensor(value["$tensor"], blob)
        return {key[1:] if MARKED_KEY.fullmatch(key) else key: part for key, part in value.items()}

    return json.loads(raw, object_hook=hook if b'$tensor"' in raw else None)


def encode_whole(value, chunks):
    """As `encode`; where that raises, nothing of the value is left in `chunks`."""
    count = len(chunks)
    try:
        return encode(value, chunks)
    except Exception:
        del chunks[count:]
        raise


def encode(value, chunks):
    """The JSON form of a value; the bytes of tensors are added to `chunks`."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise OverflowError(f"the integer {value} cannot be sent exactly: return a string, a float or a tensor")
        return value
    if isinstance(value, float):
        # JSON has no form for these; Millrace answers null for them, too.
        return value if value == value and value not in (float("inf"), float("-inf")) else None
    if isinstance(value, dict):
        return {escape(str(key)): encode(part, chunks) for key, part in value.items()}
    if isinstance(value, (list, tuple, set)):
        if are_finite_floats(value):
            return list(value)
        return [encode(part, chunks) for part in value]
    if isinstance(value, Tensor):
        return tensor(dtype_of(value.data), value.shape, value.data.tobytes(), chunks)
    if isinstance(value, array.array):
        return tensor(dtype_of(value), (len(value),), value.tobytes(), chunks)
    if isinstance(value, (bytes, bytearray, memoryview)):
        raw = bytes(value)
        return tensor("uint8", (len(raw),), raw, chunks)
    if hasattr(value, "detach") and hasattr(value, "cpu"):  # a torch tensor
        value = value.detach().cpu().numpy()
    if hasattr(value, "dtype") and hasattr(value, "tobytes"):  # numpy, or what behaves like it
        if getattr(value, "shape", None) == ():
            return encode(value.item(), chunks)
        name = getattr(value.dtype, "name", str(value.dtype))
        if getattr(value.dtype, "kind", None) in ("U", "O"):
            return encode(value.tolist(), chunks)
        if not getattr(value.dtype, "isnative", True):
            value = value.astype(value.dtype.newbyteorder("="))
        if name == "bool":
            # A byte each, 0 or 1.
            name = "uint8"
        if name == "float16":
            value, name = value.astype("float32"), "float32"
        if name not in DTYPES:
            raise TypeError(f"a tensor of dtype {name} cannot be sent")
        return tensor(name, value.shape, value.tobytes(), chunks)
    raise TypeError(f"a result of type {type(value).__name__} cannot be sent: return JSON values, bytes or tensors")


def are_finite_floats(values):
    """Whether they go into JSON as they are: long vectors are not looked at number by number."""
    return set(map(type, values)) == {float} and math.isfinite(sum(values))


def escape(key):
    """A key that would read as the mark of a tensor, or as such a key escaped, gets one `$` more."""
    return "$" + key if MARKED_KEY.fullmatch(key) else key


def dtype_of(data):
    if data.typecode not in TYPECODES:
        raise TypeError(f"an array of type '{data.typecode}' cannot be sent")
    return TYPECODES[data.typecode]


def tensor(dtype, shape, raw, chunks):
    offset = sum(len(chunk) for chunk in chunks)
    chunks.append(raw)
    return {"$tensor": {"dtype": dtype, "shape": list(shape), "offset": offset, "length": len(raw)}}


class Pipes:
    """Reads and writes frames."""

    def __init__(self):
        self.incoming = os.fdopen(3, "rb", buffering=1 << 16)
        self.outgoing = os.fdopen(4, "wb", buffering=1 << 16)
        self.lock = threading.Lock()

    def read(self):
        """The next frame, or None where the other side has gone, be it in the middle of one."""
        head = self.incoming.read(8)
        if len(head) < 8:
            return None
        header_length, blob_length = struct.unpack("<II", head)
        raw = self.incoming.read(header_length)
        blob = self.incoming.read(blob_length)
        if len(raw) < header_length or len(blob) < blob_length:
            return None
        return decode(raw, blob)

    def write(self, header, chunks=()):
        raw = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
        size = sum(len(chunk) for chunk in chunks)
        if len(raw) + size > MAX_FRAME_BYTES:
            raise OverflowError(f"results of {len(raw) + size} bytes cannot be sent together: make batches smaller")
        with self.lock:
            self.outgoing.write(struct.pack("<II", len(raw), size))
            self.outgoing.write(raw)
            for chunk in chunks:
                self.outgoing.write(chunk)
            self.outgoing.flush()


def plain(error):
    # A status alone may be that of a service which the model has asked, with a message that is not for callers.
    status = getattr(error, "status", None) if getattr(error, "expose", None) is True else None
    return {
        "name": type(error).__name__,
        "message": message_of(error),
        "stack": "".join(traceback.format_exception(type(error), error, frames_of(error))),
        "status": status if isinstance(status, int) and 400 <= status <= 599 else None,
        "code": getattr(error, "code", None) if isinstance(getattr(error, "code", None), str) else None,
    }


def frames_of(error):
    """The traceback from the model's own code on: that this file has called it nobody needs to read."""
    frames = error.__traceback__
    while frames is not None and is_ours(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    return frames


def is_ours(name):
    return name == plain.__code__.co_filename or name.startswith("<frozen importlib")


def message_of(error):
    try:
        return str(error)
    except Exception as failure:
        return f"its message cannot be told: {type(failure).__name__}"


class Cancelled(Exception):
    """Raised in a stream whose reader has gone."""


class Streams:
    """How many pieces of each running stream are wanted, and whether it still is."""

    def __init__(self):
        self.condition = threading.Condition()
        self.wanted = {}

    def open(self, call):
        with self.condition:
            self.wanted.setdefault(call, 0)

    def pull(self, call, pieces):
        with self.condition:
            if call in self.wanted:
                self.wanted[call] += pieces
                self.condition.notify_all()

    def cancel(self, call):
        with self.condition:
            if call in self.wanted:
                self.wanted[call] = None
                self.condition.notify_all()

    def take(self, call):
        with self.condition:
            self.condition.wait_for(lambda: self.wanted[call] is None or self.wanted[call] > 0)
            if self.wanted[call] is None:
                raise Cancelled()
            self.wanted[call] -= 1

    def close(self, call):
        with self.condition:
            self.wanted.pop(call, None)


class Loop:
    """One event loop for all that is async: what `load` has opened, such as a client's connections, belongs to it."""

    def __init__(self):
        self.loop = None

    def settle(self, value):
        """The value itself, or what it comes to."""
        if not inspect.isawaitable(value):
            return value
        if self.loop is None:
            self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)
        return self.loop.run_until_complete(value)

    def iterate(self, made):
        """The pieces of a generator, async ones included."""
        if not hasattr(made, "__anext__"):
            yield from made
            return
        try:
            while True:
                try:
                    yield self.settle(made.__anext__())
                except StopAsyncIteration:
                    return
        finally:
            if hasattr(made, "aclose"):
                self.settle(made.aclose())

    def close(self):
        """Lets tasks that still run see that they are over."""
        if self.loop is None:
            return
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


def load(path, loop):
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location("millrace_model", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["millrace_model"] = module
    spec.loader.exec_module(module)
    if not hasattr(module, "Model"):
        raise TypeError(f"{path} defines no class `Model`")
    model = module.Model()
    if not hasattr(model, "run") and not hasattr(model, "stream"):
        raise TypeError(f"the class `Model` in {path} has neither `run` nor `stream`")
    if hasattr(model, "load"):
        loop.settle(model.load())
    if hasattr(model, "run") and getattr(model, "warm_up", None):
        loop.settle(model.run(list(model.warm_up)))
    return model


def results_of(returned):
    """A list, a tuple, an array, a generator: what has its results in order."""
    if hasattr(returned, "__iter__") and not isinstance(returned, (dict, set, frozenset, str, bytes, bytearray)):
        return returned
    raise TypeError(f"`run` has to return a list with one result for each item, not a value of type {type(returned).__name__}")


def run(model, pipes, loop, header):
    results = results_of(loop.settle(model.run(header["items"])))
    chunks = []
    encoded = []
    for result in results:
        # A task that was cancelled is no `Exception`.
        if isinstance(result, (Exception, asyncio.CancelledError)):
            encoded.append({"error": plain(result)})
            continue
        try:
            encoded.append({"value": encode_whole(result, chunks)})
        except Exception as error:
            encoded.append({"error": plain(error)})
    pipes.write({"type": "results", "id": header["id"], "results": encoded}, chunks)


def stream(model, pipes, loop, streams, header):
    call = header["id"]
    pieces = loop.iterate(model.stream(header["item"]))
    try:
        streams.take(call)
        for piece in pieces:
            chunks = []
            encoded = encode(piece, chunks)
            pipes.write({"type": "piece", "id": call, "piece": encoded}, chunks)
            streams.take(call)
    except Cancelled:
        pass
    finally:
        pieces.close()
        streams.close(call)
    pipes.write({"type": "end", "id": call})


def end_group():
    """Ends this process, and what the model has started: the app has gone, however it ended."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def receive(pipes, streams, work):
    """Runs beside the model, so that a running stream can be told to stop, and one that loads for ever ends with the app."""
    while True:
        try:
            header = pipes.read()
        except Exception:
            # What comes after it cannot be told apart any more; it is said why, and the process is started anew.
            traceback.print_exc()
            os._exit(1)
        if header is None:
            end_group()
        if header["type"] == "pull":
            streams.pull(header["id"], header["pieces"])
        elif header["type"] == "abort":
            streams.cancel(header["id"])
        else:
            if header["type"] == "stream":
                streams.open(header["id"])
            work.put(header)


def main():
    # Ctrl-C in a terminal reaches every process of the group; the app says when it is time to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipes = Pipes()
    loop = Loop()
    streams = Streams()
    work = queue.SimpleQueue()
    threading.Thread(target=receive, args=(pipes, streams, work), daemon=True).start()
    try:
        model = load(sys.argv[1], loop)
    except BaseException as error:
        pipes.write({"type": "loadFailed", "error": plain(error)})
        sys.stdout.flush()
        # Not `sys.exit`, which waits for the threads that the model has started.
        os._exit(1)
    pipes.write({"type": "ready"})
    while True:
        header = work.get()
        if header["type"] == "close":
            if hasattr(model, "close"):
                loop.settle(model.close())
            loop.close()
            break
        try:
            if header["type"] == "run":
                if not hasattr(model, "run"):
                    raise TypeError("this model has no `run`, only `stream`")
                run(model, pipes, loop, header)
            else:
                if not hasattr(model, "stream"):
                    raise TypeError("this model has no `stream`, only `run`")
                stream(model, pipes, loop, streams, header)
        except (Exception, asyncio.CancelledError) as error:
            pipes.write({"type": "failed", "id": header["id"], "error": plain(error)})
    sys.stdout.flush()


if __name__ == "__main__":
    main()
