// Which web class a value is of, found out without naming the class first: Node loads its whole `fetch` for `Response`, and
// its web streams for `ReadableStream` and `Blob`, which takes 25 ms of processor time, most of what else the first answer
// of an app takes (Node 24). Of a class that nobody has named yet there are no values.

export function isResponse(value: unknown): value is Response {
  return tagOf(value) === 'Response' && value instanceof Response
}

export function isReadableStream(value: unknown): value is ReadableStream<unknown> {
  return tagOf(value) === 'ReadableStream' && value instanceof ReadableStream
}

export function isBlob(value: unknown): value is Blob {
  const tag = tagOf(value)
  return (tag === 'Blob' || tag === 'File') && value instanceof Blob
}

function tagOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null
    ? (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]
    : undefined
}
