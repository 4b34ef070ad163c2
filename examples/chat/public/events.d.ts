// For the tests, which read answers as the page does.
export function events<Event>(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Event, void, undefined>
