import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programFile } from '../../../packageFiles.ts'
import { ModelError } from '../../errors.ts'
import { factoryOf, type RuntimeFactory } from '../../runtime.ts'
import { locatePackage } from '../locatePackage.ts'
import { NativeWorker } from '../NativeWorker.ts'
import { checkSupervision, type OpenWorker, SupervisedRuntime } from '../supervised.ts'
import type { WorkersOptions } from '../workers.ts'
import type { OnnxThreadData } from './onnx.model.ts'
import type { OnnxSessionOptions } from './package.ts'

/** How ONNX Runtime runs a model, and which: its file by `path`, or its `bytes`. */
export type OnnxOptions = OnnxSettings &
  (
    | { readonly path: string | URL; readonly bytes?: never }
    /** Copied once, into memory that all workers read. */
    | { readonly bytes: Uint8Array; readonly path?: never }
  )

/** See {@link OnnxOptions}. */
export interface OnnxSettings extends WorkersOptions {
  /** The outputs that are wanted, by name. Where it is one, a result is its value itself. Default: all. */
  readonly outputs?: readonly string[]
  /**
   * Items that are run once after loading. Default: items of zeros, where the model says of what shape its
   * inputs are. `[]` for none.
   */
  readonly warmUp?: readonly unknown[]
  /** Passed on to ONNX Runtime: execution providers, optimisation of the graph, and so on. */
  readonly session?: OnnxSessionOptions
}

const module = programFile('models/runtimes/onnx/onnx.model')

const hint =
  ". On a machine without internet, first put the line 'onnxruntime-node-install=skip' into .npmrc: the library " +
  'for the CPU is in the package, and only that for GPUs is fetched.'

/**
 * Runs an ONNX model in worker threads of its own, by the optional package `onnxruntime-node`. The first
 * dimension of every input and output of the model has to be the batch; where it is a fixed number, batches
 * are run in pieces of that size, the last one filled up with zeros.
 *
 * - **An item** is an object with a typed array or a {@link Tensor} for each input, without the batch
 *   dimension; or, for a model with one input, that value alone. A typed array is enough where only one shape
 *   fits. Items of a batch whose free dimensions differ (texts of different lengths) are run apart.
 * - **A result** is likewise an object of the outputs by name, or the value alone where there is one (see
 *   `outputs`): a number or bigint for an output without further dimensions, a typed array for one more, a
 *   {@link Tensor} for several. NaN is a number like any other; `float16` comes as float32.
 *
 * An item that does not fit the inputs is refused with 422, code `wrong_input`. One with which the model fails
 * is a {@link ModelError}. Either fails alone: the rest of the batch is run without it.
 *
 * **Threads and memory.** Each of `count` workers has a session of its own, with `threads` threads (the cores
 * shared out) and its own copy of the weights: ONNX Runtime cannot share a session between threads of Node, nor
 * read shared memory. What is shared is the file, which each worker opens by its path, so that the operating
 * system reads it once and weights in files beside it are found; `bytes` are kept once for all workers. Weights
 * in a file of their own are mapped, and with `session: { extra: { session: { disable_prepacking: '1' } } }` used
 * where they are: all workers then share one copy, and runs take a little longer. One worker uses all cores;
 * several run as many batches at a time, each on fewer cores.
 *
 * A run cannot be interrupted: ONNX Runtime would end the whole process. A worker that is given up, because a
 * batch took longer than `timeoutMs` or by `killOnAbort`, is replaced at once and ends itself after its run.
 *
 * @throws {ModelError} `model_failed` when it is loaded: the package is not installed, the file is missing or
 *   is no ONNX model, an input or output is not a tensor
 *
 * @example
 * export const digits = model({
 *   name: 'digits',
 *   input: z.instanceof(Float32Array),
 *   output: z.instanceof(Float32Array),
 *   runtime: onnx({ path: new URL('./digits.onnx', import.meta.url), outputs: ['probabilities'] }),
 * })
 * const probabilities = await digits.run(pixels, { signal })
 */
export function onnx<I = unknown, O = unknown>(options: OnnxOptions): RuntimeFactory<I, O> {
  checkSupervision('onnx()', options)
  const { count = 1, resourceLimits, outputs, warmUp, session = {} } = options
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / count))
  const source = options.bytes ? shared(options.bytes) : pathOf(options.path)
  const folders = typeof source === 'string' ? [process.cwd(), dirname(source)] : [process.cwd()]
  return factoryOf(
    'onnx',
    (host) => {
      const data = {
        package: locatePackage('onnxruntime-node', 'onnx()', folders, hint),
        source,
        outputs,
        warmUp,
        session,
      }
      if (typeof source === 'string' && !existsSync(source))
        throw new ModelError('model_failed', `There is no ONNX model at ${source}`)
      const open: OpenWorker = (lane, onExit) => {
        const thread: OnnxThreadData = { module: module.href, lane, threads, onnx: data }
        return new NativeWorker(
          thread,
          { name: `${host.name} ${lane}`, ...(resourceLimits ? { resourceLimits } : {}) },
          host,
          onExit,
        )
      }
      return new SupervisedRuntime<I, O>('onnx', open, options, host)
    },
    options.path,
  )
}

function pathOf(path: string | URL): string {
  return path instanceof URL ? fileURLToPath(path) : resolve(path)
}

function shared(bytes: Uint8Array): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(bytes.byteLength)
  new Uint8Array(buffer).set(bytes)
  return buffer
}
