import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programFile } from '../../../packageFiles.ts'
import { ModelError } from '../../errors.ts'
import { factoryOf, type RuntimeFactory } from '../../runtime.ts'
import { locatePackage } from '../locatePackage.ts'
import { NativeWorker } from '../NativeWorker.ts'
import { checkSupervision, type OpenWorker, SupervisedRuntime } from '../supervised.ts'
import type { WorkersOptions } from '../workers.ts'
import type { TransformersThreadData } from './transformers.model.ts'

/** Which pipeline runs, and how. */
export interface TransformersOptions extends WorkersOptions {
  /** Of the package's pipelines, such as `feature-extraction`, `text-classification`, `translation`. */
  readonly task: string
  /** A name on the Hugging Face hub; or, as a URL of a file, a folder that has what such a name has. */
  readonly model: string | URL
  /**
   * What the pipeline is given after the batch, such as `[{ pooling: 'mean', normalize: true }]` for
   * `feature-extraction`, or `[['sport', 'politics']]` for `zero-shot-classification`.
   */
  readonly args?: readonly unknown[]
  /** Of the weights: `fp32`, `fp16`, `q8`, `q4`. Default: what the package takes for the device. */
  readonly dtype?: string
  /** What computes: `cpu`, `cuda`, `webgpu`. Default: the CPU. */
  readonly device?: string
  /** Of the model on the hub: a branch, tag or commit. Default `main`. */
  readonly revision?: string
  /** Where models of the hub are kept once fetched. Default: a folder of the package itself. */
  readonly cacheDir?: string | URL
  /** The hub, or a mirror of it. Default `https://huggingface.co`. */
  readonly remoteHost?: string
  /** Fetches nothing: a model that is not in `cacheDir` is an error. Default false. */
  readonly localFilesOnly?: boolean
  /** Items that are run once after loading. Default: none. */
  readonly warmUp?: readonly unknown[]
  /** Further options of the package's `pipeline()`. */
  readonly pipeline?: Readonly<Record<string, unknown>>
}

const module = programFile('models/runtimes/transformers/transformers.model')

/**
 * Runs a pipeline of Transformers.js in worker threads of its own, by the optional package
 * `@huggingface/transformers`: tokenizer, model and what comes after it.
 *
 * - **An item** is what the pipeline takes one of: mostly a text. Batches are given to it as lists.
 * - **A result** is what it gives for that item: of a tensor a typed array, or a `Tensor` where it has more than
 *   one dimension; else the value as it is, such as `{ label, score }`.
 *
 * Where a batch fails, its items are run one by one, and what cannot be run fails alone. Each of `count` workers
 * has its own copy of the weights, and the cores are shared out among them.
 *
 * @throws {ModelError} `model_failed` when it is loaded: the package is not installed, or the model is not there
 *   or does not fit the task
 *
 * @example
 * const embedder = model({
 *   name: 'embedder',
 *   input: z.string(),
 *   output: z.instanceof(Float32Array),
 *   runtime: transformers({
 *     task: 'feature-extraction',
 *     model: 'Xenova/all-MiniLM-L6-v2',
 *     args: [{ pooling: 'mean', normalize: true }],
 *   }),
 * })
 * const vector = await embedder.run('The mill turns with the river.', { signal })
 */
export function transformers<I = unknown, O = unknown>(options: TransformersOptions): RuntimeFactory<I, O> {
  checkSupervision('transformers()', options)
  const { count = 1, resourceLimits, task, args = [], warmUp = [], remoteHost, localFilesOnly = false } = options
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / count))
  const model =
    options.model instanceof URL
      ? { folder: fileURLToPath(options.model).replace(/[\\/]+$/, '') }
      : { name: options.model }
  const cacheDir = options.cacheDir instanceof URL ? fileURLToPath(options.cacheDir) : options.cacheDir
  return factoryOf(
    'transformers',
    (host) => {
      const folders = 'folder' in model ? [process.cwd(), dirname(model.folder)] : [process.cwd()]
      const library = locatePackage('@huggingface/transformers', 'transformers()', folders)
      if ('folder' in model && !existsSync(join(model.folder, 'config.json')))
        throw new ModelError('model_failed', `There is no model in ${model.folder}: it has no config.json`)
      const open: OpenWorker = (lane, onExit) => {
        const thread: TransformersThreadData = {
          module: module.href,
          lane,
          threads,
          transformers: {
            package: library,
            task,
            model,
            args,
            warmUp,
            cacheDir,
            remoteHost,
            localFilesOnly,
            options: {
              ...(options.dtype !== undefined && { dtype: options.dtype }),
              ...(options.device !== undefined && { device: options.device }),
              ...(options.revision !== undefined && { revision: options.revision }),
              ...options.pipeline,
            },
          },
        }
        return new NativeWorker(
          thread,
          { name: `${host.name} ${lane}`, ...(resourceLimits ? { resourceLimits } : {}) },
          host,
          onExit,
        )
      }
      return new SupervisedRuntime<I, O>('transformers', open, { loadTimeoutMs: 600_000, ...options }, host)
    },
    options.model,
  )
}
