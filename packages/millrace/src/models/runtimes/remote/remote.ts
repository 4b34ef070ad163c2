import { HttpError } from '../../../errors/HttpError.ts'
import { ModelError } from '../../errors.ts'
import { numberChecks } from '../../numberChecks.ts'
import { factoryOf, type Results, type Runtime, type RuntimeEvents, type RuntimeFactory } from '../../runtime.ts'
import { type RemoteCallOptions, RemoteServer } from './http.ts'
import type { TensorData } from './inferRequest.ts'
import { openAi } from './openAi.ts'
import { openInference } from './openInference.ts'
import { textEmbeddings } from './textEmbeddings.ts'

/** The protocols that remote servers speak. */
export type RemoteProtocol = 'open-inference' | 'text-embeddings' | 'openai'

/** Which remote server has a model, and how it is called. */
export interface RemoteOptions extends RemoteCallOptions {
  /**
   * - `open-inference`: Open Inference Protocol v2 (Triton, KServe, Ray Serve, MLServer). Items and results are
   *   objects of tensors by name, without the batch dimension.
   * - `text-embeddings`: text-embeddings-inference. Items are strings, results arrays of numbers.
   * - `openai`: any server of OpenAI's API. `run` makes embeddings of strings; `stream` answers a chat, from an
   *   item `{ messages, … }`, in pieces of text.
   */
  readonly protocol: RemoteProtocol
  /** The name of the model there. `open-inference` needs it; `text-embeddings` has only one. */
  readonly model?: string
  /** Of the model, for `open-inference`. Default: what the server takes. */
  readonly version?: string
  /** How `open-inference` sends tensors: as bytes, or in JSON to servers without that extension, such as MLServer. Default `binary`. */
  readonly tensorData?: TensorData
  /** Batches on their way at the same time. Default 4. */
  readonly concurrency?: number
}

/** Items by which of them can be asked for together. */
export interface Grouping {
  readonly groups: readonly { readonly indexes: readonly number[]; readonly items: readonly unknown[] }[]
  /** Why others cannot be asked for at all, by their indexes. */
  readonly refusals: ReadonlyMap<number, Error>
}

/** How a protocol writes batches and reads results. */
export interface Protocol {
  /** Reads the items of a batch. Default: they go together as they are. */
  group?(items: readonly unknown[]): Grouping
  run?(server: RemoteServer, items: readonly unknown[], signal: AbortSignal): Promise<Results<unknown>>
  stream?(server: RemoteServer, item: unknown, signal: AbortSignal): AsyncIterable<unknown>
}

/** Makes the protocol for a model. */
export type ProtocolFactory = (options: RemoteOptions) => Protocol

const protocols: Readonly<Record<RemoteProtocol, ProtocolFactory>> = {
  'open-inference': openInference,
  'text-embeddings': textEmbeddings,
  openai: openAi,
}

/**
 * Runs a model on another server, with the same queue, batches and cancellation as one here. Connections are
 * kept; failures that may pass are tried again; a server that fails again and again is left alone for a while.
 *
 * @throws {TypeError} when the URL is none, or the model has no name where it needs one
 * @throws {RangeError} when a number among the options is none that can be kept to
 *
 * @example
 * model({ name: 'embed', runtime: remote({ protocol: 'text-embeddings', url: 'http://127.0.0.1:8080' }), … })
 */
export function remote<I = unknown, O = unknown>(options: RemoteOptions): RuntimeFactory<I, O> {
  checkRemote(options)
  return factoryOf(kindOf(options), () => new RemoteRuntime<I, O>(options), options.url)
}

class RemoteRuntime<I, O> implements Runtime<I, O> {
  readonly kind: string
  readonly lanes: number
  readonly #server: RemoteServer
  readonly #protocol: Protocol
  #events: RuntimeEvents | undefined

  constructor(options: RemoteOptions) {
    this.kind = kindOf(options)
    this.lanes = options.concurrency ?? 4
    this.#server = new RemoteServer(options)
    this.#protocol = protocols[options.protocol](options)
  }

  async start(events: RuntimeEvents): Promise<void> {
    this.#events = events
    for (let lane = 0; lane < this.lanes; lane++) events.onReady(lane)
  }

  async run(_lane: number, items: readonly I[], signal: AbortSignal): Promise<Results<O>> {
    const { group, run } = this.#protocol
    if (!run) throw new TypeError(`A model of ${this.kind} can only stream`)
    const results = group ? this.#runGroups(group(items), signal) : this.#runApart(items, signal)
    return (await results) as Results<O>
  }

  /** A group that fails takes no other with it. */
  async #runGroups({ groups, refusals }: Grouping, signal: AbortSignal): Promise<Results<unknown>> {
    const [first] = groups
    if (first && groups.length === 1 && refusals.size === 0) return this.#runApart(first.items, signal)
    const results: unknown[] = []
    for (const [index, error] of refusals) results[index] = error
    const runs = groups.map(async ({ indexes, items }) => {
      const own = await this.#runApart(items, signal).catch((error: Error) => items.map(() => error))
      for (const [at, index] of indexes.entries()) results[index] = own[at]
    })
    await Promise.all(runs)
    return results
  }

  /** Halves a batch that the server refuses, so that each item is answered for itself alone. */
  async #runApart(items: readonly unknown[], signal: AbortSignal): Promise<Results<unknown>> {
    try {
      const results = (await this.#protocol.run?.(this.#server, items, signal)) ?? []
      if (results.length === items.length) return results
      throw new ModelError(
        'wrong_result_count',
        `The remote server gave ${results.length} results for a batch of ${items.length}`,
      )
    } catch (error) {
      if (!(error instanceof HttpError) || error.code !== 'remote_refused') throw error
      if (items.length === 1) return [error]
      const middle = Math.ceil(items.length / 2)
      const first = await this.#runApart(items.slice(0, middle), signal)
      return [...first, ...(await this.#runApart(items.slice(middle), signal))]
    }
  }

  async *stream(_lane: number, item: I, signal: AbortSignal): AsyncGenerator<O, void, undefined> {
    if (!this.#protocol.stream) throw new TypeError(`A model of ${this.kind} cannot stream`)
    yield* this.#protocol.stream(this.#server, item, signal) as AsyncIterable<O>
  }

  restart(lane: number): void {
    this.#events?.onReady(lane)
  }

  async close(): Promise<void> {}
}

function kindOf({ protocol }: RemoteOptions): string {
  return `remote (${protocol})`
}

function checkRemote(options: RemoteOptions): void {
  const { url, protocol, model, concurrency, timeoutMs, retries, maxResponseBytes, breaker } = options
  if (!/^https?:/.test(URL.parse(url)?.protocol ?? ''))
    throw new TypeError(`remote() needs a URL such as http://127.0.0.1:8000, not '${url}'`)
  if (protocol === 'open-inference' && !model)
    throw new TypeError("remote({ protocol: 'open-inference' }) needs the name of the model there: `model`")
  const { count, positive, notNegative } = numberChecks('remote()')
  count('concurrency', concurrency)
  positive('timeoutMs', timeoutMs)
  notNegative('retries', retries)
  positive('maxResponseBytes', maxResponseBytes)
  count('breaker.failures', breaker?.failures)
  notNegative('breaker.coolDownMs', breaker?.coolDownMs)
}
