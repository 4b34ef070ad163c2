import { HttpError } from '../../../errors/HttpError.ts'
import { ModelError } from '../../errors.ts'
import { factoryOf, type Results, type Runtime, type RuntimeEvents, type RuntimeFactory } from '../../runtime.ts'
import { type RemoteCallOptions, RemoteServer } from './http.ts'
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
  /** The name of the model there; `text-embeddings` has only one. */
  readonly model?: string
  /** Batches on their way at the same time. Default 4. */
  readonly concurrency?: number
}

/** How a protocol writes batches and reads results. */
export interface Protocol {
  run?(server: RemoteServer, items: readonly unknown[], signal: AbortSignal): Promise<Results<unknown>>
  stream?(server: RemoteServer, item: unknown, signal: AbortSignal): AsyncIterable<unknown>
}

/** Makes the protocol for a model. */
export type ProtocolFactory = (model: string | undefined) => Protocol

const protocols: Readonly<Record<RemoteProtocol, ProtocolFactory>> = {
  'open-inference': openInference,
  'text-embeddings': textEmbeddings,
  openai: openAi,
}

/**
 * Runs a model on another server, with the same queue, batches and cancellation as one here. Connections are
 * kept; failures that may pass are tried again; a server that fails again and again is left alone for a while.
 *
 * @example
 * model({ name: 'embed', runtime: remote({ protocol: 'text-embeddings', url: 'http://127.0.0.1:8080' }), … })
 */
export function remote<I = unknown, O = unknown>(options: RemoteOptions): RuntimeFactory<I, O> {
  return factoryOf(kindOf(options), () => new RemoteRuntime<I, O>(options))
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
    this.#protocol = protocols[options.protocol](options.model)
  }

  async start(events: RuntimeEvents): Promise<void> {
    this.#events = events
    for (let lane = 0; lane < this.lanes; lane++) events.onReady(lane)
  }

  async run(_lane: number, items: readonly I[], signal: AbortSignal): Promise<Results<O>> {
    if (!this.#protocol.run) throw new TypeError(`A model of ${this.kind} can only stream`)
    return (await this.#runApart(items, signal)) as Results<O>
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
