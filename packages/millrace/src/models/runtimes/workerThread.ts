import { parentPort, workerData } from 'node:worker_threads'
import type { ModelDefinition } from '../defineModel.ts'
import { restoreTensors, tensorsIn } from '../tensorWays.ts'
import { type FromThread, type ThreadData, type ThreadResult, type ToThread, toPlain } from './messages.ts'
import { tellOutput } from './threadOutput.ts'

// The thread's own program: loads one model module and answers the messages of `workers()`.

const port = parentPort
if (!port) throw new Error('This file is the program of a worker thread')
const { module, lane, threads } = workerData as ThreadData

const aborts = new Map<number, AbortController>()
const demands = new Map<number, Demand>()

/** How many pieces of a stream are still wanted. */
class Demand {
  #pieces = 0
  #wake: (() => void) | undefined

  add(pieces: number): void {
    this.#pieces += pieces
    this.#wake?.()
  }

  async take(): Promise<void> {
    while (this.#pieces === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#pieces--
  }
}

function send(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer)
}

/** The buffers of typed arrays at the top of a value or one level down: big data is moved, not copied. */
function buffersOf(values: readonly unknown[]): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>()
  const look = (value: unknown) => {
    if (value instanceof ArrayBuffer) found.add(value)
    // A view of a part is copied: the rest, such as the model's own weights or Node's pool, must not go with it.
    else if (
      ArrayBuffer.isView(value) &&
      value.buffer instanceof ArrayBuffer &&
      value.byteLength === value.buffer.byteLength
    )
      found.add(value.buffer)
  }
  for (const value of values) {
    look(value)
    if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value))
      for (const inner of Object.values(value)) look(inner)
  }
  return [...found]
}

/** A result, or why it cannot leave the thread: it fails alone. */
function sendableOf(value: unknown): ThreadResult {
  try {
    return { value: structuredClone(value) }
  } catch (error) {
    return { error: toPlain(error) }
  }
}

async function serve(definition: ModelDefinition): Promise<void> {
  const model = await definition.load?.({ threads, lane })
  if (definition.run && definition.warmUp?.length)
    await definition.run(model, [...definition.warmUp], { signal: new AbortController().signal })

  const run = async (id: number, items: readonly unknown[], signal: AbortSignal) => {
    if (!definition.run) throw new TypeError('This model has no `run`, only `stream`')
    const results = await definition.run(model, [...items], { signal })
    if (!Array.isArray(results)) throw new TypeError('The `run` of this model did not return a list of results')
    const plain = results.map(
      (result): ThreadResult => (result instanceof Error ? { error: toPlain(result) } : { value: result }),
    )
    try {
      send({ type: 'results', id, results: plain, tensors: tensorsIn(plain) }, buffersOf(results))
    } catch {
      const sendable = plain.map((one) => ('error' in one ? one : sendableOf(one.value)))
      send({ type: 'results', id, results: sendable, tensors: tensorsIn(sendable) })
    }
  }
  const stream = async (id: number, item: unknown, signal: AbortSignal) => {
    if (!definition.stream) throw new TypeError('This model has no `stream`, only `run`')
    const demand = demands.get(id) as Demand
    await demand.take()
    for await (const piece of definition.stream(model, item, { signal })) {
      if (signal.aborted) break
      send({ type: 'piece', id, piece, tensors: tensorsIn([piece]) }, buffersOf([piece]))
      await demand.take()
    }
    send({ type: 'end', id })
  }
  const perform = async (id: number, work: (signal: AbortSignal) => Promise<void>) => {
    const controller = new AbortController()
    aborts.set(id, controller)
    try {
      await work(controller.signal)
    } catch (error) {
      send({ type: 'failed', id, error: toPlain(error) })
    } finally {
      aborts.delete(id)
      demands.delete(id)
    }
  }
  port?.on('message', (message: ToThread) => {
    switch (message.type) {
      case 'run':
        restoreTensors(message.items, message.tensors)
        return void perform(message.id, (signal) => run(message.id, message.items, signal))
      case 'stream': {
        const item = [message.item]
        restoreTensors(item, message.tensors)
        demands.set(message.id, new Demand())
        return void perform(message.id, (signal) => stream(message.id, item[0], signal))
      }
      case 'pull':
        return demands.get(message.id)?.add(message.pieces)
      case 'abort':
        aborts.get(message.id)?.abort()
        return demands.get(message.id)?.add(1)
      case 'close':
        return void Promise.resolve(definition.close?.(model)).finally(() => port?.close())
    }
  })
  send({ type: 'ready', streams: definition.stream !== undefined })
}

tellOutput((stream, line) => send({ type: 'output', stream, line }))
try {
  const { default: definition } = (await import(module)) as { default?: ModelDefinition }
  if (typeof definition !== 'object' || (!definition.run && !definition.stream))
    throw new TypeError(`${module} has no default export made by defineModel()`)
  await serve(definition)
} catch (error) {
  send({ type: 'loadFailed', error: toPlain(error) })
  port.close()
}
