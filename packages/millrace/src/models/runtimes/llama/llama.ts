import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programFile } from '../../../packageFiles.ts'
import { ModelError } from '../../errors.ts'
import { numberChecks } from '../../numberChecks.ts'
import { factoryOf, type RuntimeFactory } from '../../runtime.ts'
import { locatePackage } from '../locatePackage.ts'
import { NativeWorker } from '../NativeWorker.ts'
import { checkSupervision, type OpenWorker, SupervisedRuntime, type SupervisionOptions } from '../supervised.ts'
import type { LlamaItem } from './items.ts'
import type { LlamaThreadData } from './llama.model.ts'
import type { LlamaGpu } from './package.ts'

/** How llama.cpp runs a model, and which. */
export interface LlamaOptions extends Omit<SupervisionOptions, 'count' | 'killOnAbort' | 'closeGraceMs'> {
  /** A file in the GGUF format. Of a model in several files it is the first. */
  readonly path: string | URL
  /** Texts that are made at the same time; more wait in the queue. Default 4. */
  readonly lanes?: number
  /** Tokens of each of them, what is given and what is made. Default 2,048, or fewer where the model knows fewer. */
  readonly contextSize?: number
  /**
   * Cores that it may use. Default: all but one, which is left to the server: llama.cpp waits for its slowest
   * thread at every layer, so that on a machine of two cores, both busy otherwise, two threads made 1.5 tokens a
   * second where one made 70.
   */
  readonly threads?: number
  /** For what is being computed to end at shutdown, in milliseconds. Default 30,000. */
  readonly closeGraceMs?: number
  /** What computes. Default `auto`: a GPU where there is one that works. */
  readonly gpu?: LlamaGpu
}

const module = programFile('models/runtimes/llama/llama.model')

/**
 * Runs a language model with llama.cpp, by the optional package `node-llama-cpp`, in a worker thread of its own.
 * The weights are loaded once; `lanes` texts are made at the same time, and computed together token by token,
 * so that a new one begins while others go on (continuous batching).
 *
 * - **An item** is a {@link LlamaItem}: `{ messages }`, to which the model's own template is applied, or
 *   `{ prompt }`; with `maxTokens`, `temperature`, `topP`, `stop` and `seed`.
 * - `run` gives the whole text, `stream` gives it piece by piece: a piece is a token, or several where they make
 *   one character.
 *
 * When a caller leaves, its text ends after the next token. The next turn of a conversation computes only what is
 * new where its lane has not been used by another meanwhile. Give long texts time: `queue.deadlineMs` is 10 s, and
 * for a stream counts to its first piece; `batch.timeoutMs` is 60 s, after which the thread with all its lanes is
 * started anew.
 *
 * An item that does not fit is refused with 422, code `wrong_input`; one that is longer than `contextSize`
 * with 422, code `context_overflow`.
 *
 * @throws {ModelError} `model_failed` when it is loaded: the package is not installed, the file is missing, or
 *   no model that this version of llama.cpp knows
 *
 * @example
 * const assistant = model({
 *   name: 'assistant',
 *   input: z.object({ messages: z.array(Message), maxTokens: z.int().positive().optional() }),
 *   output: z.string(),
 *   runtime: llama({ path: new URL('./SmolLM2-135M-Instruct.gguf', import.meta.url) }),
 * })
 * for await (const text of assistant.stream({ messages: [{ role: 'user', content: 'Hello!' }] }, { signal }))
 *   process.stdout.write(text)
 */
export function llama(options: LlamaOptions): RuntimeFactory<LlamaItem, string> {
  checkSupervision('llama()', options)
  const { count } = numberChecks('llama()')
  count('lanes', options.lanes)
  count('contextSize', options.contextSize)
  const { lanes = 4, contextSize = 2_048, gpu = 'auto' } = options
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1)
  const path = options.path instanceof URL ? fileURLToPath(options.path) : resolve(options.path)
  return factoryOf(
    'llama',
    (host) => {
      const library = locatePackage('node-llama-cpp', 'llama()', [process.cwd(), dirname(path)])
      if (!existsSync(path)) throw new ModelError('model_failed', `There is no model at ${path}`)
      const open: OpenWorker = (lane, onExit) => {
        const thread: LlamaThreadData = {
          module: module.href,
          lane,
          threads,
          llama: { package: library, path, sequences: lanes, contextSize, gpu },
        }
        return new NativeWorker(thread, { name: host.name }, host, onExit)
      }
      return new SupervisedRuntime<LlamaItem, string>(
        'llama',
        open,
        { closeGraceMs: 30_000, loadTimeoutMs: 600_000, ...options, lanesPerWorker: lanes, maxBatchSize: 1 },
        host,
      )
    },
    options.path,
  )
}
