import { pathToFileURL } from 'node:url'
import { workerData } from 'node:worker_threads'
import type { ModelDefinition } from '../../defineModel.ts'
import { type ElementType, elementTypes } from '../../Tensor.ts'
import type { ThreadData } from '../messages.ts'
import { type OnnxModel, runBatch } from './batches.ts'
import { fixedRows, inputsOf } from './inputs.ts'
import type { OnnxPackage, OnnxSession, OnnxSessionOptions, OnnxValue } from './package.ts'

/** What a thread of `onnx()` is started with. */
export interface OnnxThreadData extends ThreadData {
  readonly onnx: {
    /** The file of `onnxruntime-node` to import. */
    readonly package: string
    readonly source: string | SharedArrayBuffer
    readonly outputs: readonly string[] | undefined
    readonly warmUp: readonly unknown[] | undefined
    readonly session: OnnxSessionOptions
  }
}

const { onnx: options } = workerData as OnnxThreadData

/** Errors are thrown, so that ONNX Runtime need not write them to standard error, too. */
const defaults: OnnxSessionOptions = { graphOptimizationLevel: 'all', interOpNumThreads: 1, logSeverityLevel: 4 }

// The model that a thread of `onnx()` runs.
const definition: ModelDefinition<OnnxModel, unknown, unknown> = {
  async load({ threads }) {
    const { InferenceSession, Tensor } = await importPackage()
    const session = await openSession(InferenceSession, threads)
    const model: OnnxModel = {
      session,
      Tensor,
      inputs: inputsOf(session.inputMetadata),
      rows: fixedRows(session.inputMetadata),
      outputs: outputsOf(session.outputMetadata),
    }
    const failed = (await runBatch(model, options.warmUp ?? zeros(model))).find((result) => result instanceof Error)
    if (failed) throw new Error(`The model failed to warm up: ${failed.message}`, { cause: failed })
    return model
  },
  run: runBatch as NonNullable<ModelDefinition<OnnxModel>['run']>,
  close: ({ session }) => session.release(),
}

export default definition

async function importPackage(): Promise<OnnxPackage> {
  try {
    return (await import(pathToFileURL(options.package).href)) as OnnxPackage
  } catch (error) {
    throw new Error(
      `onnxruntime-node is installed and cannot be loaded: ${messageOf(error)} (it has libraries for Linux, macOS and Windows on arm64 and x64, as its own README says)`,
      { cause: error },
    )
  }
}

async function openSession(type: OnnxPackage['InferenceSession'], threads: number): Promise<OnnxSession> {
  const { source } = options
  try {
    return await type.create(
      // ONNX Runtime takes no shared memory: a copy for as long as it reads the model.
      typeof source === 'string' ? source : new Uint8Array(source).slice(),
      { ...defaults, intraOpNumThreads: threads, ...options.session },
    )
  } catch (error) {
    const which = typeof source === 'string' ? `at ${source}` : 'in the bytes'
    throw new Error(
      `The ONNX model ${which} cannot be loaded: ${messageOf(error)} (is the file whole, and exported for an opset that this onnxruntime-node has?)`,
      { cause: error },
    )
  }
}

/** The outputs that are wanted, all of them unless some were named. */
function outputsOf(values: readonly OnnxValue[]): string[] {
  const names = values.map(({ name }) => name)
  const wanted = options.outputs ?? names
  for (const name of wanted) {
    const value = values.find((one) => one.name === name)
    if (!value) throw new TypeError(`The model has no output '${name}', only ${names.join(', ')}`)
    if (!value.isTensor)
      throw new TypeError(
        `The output '${name}' of the model is no tensor: leave it out by naming others in \`outputs\`, or export the model without it (skl2onnx: \`options={'zipmap': False}\`)`,
      )
  }
  return [...wanted]
}

/** Items to warm up with, where they are known to fit: zeros. Two, so that an output without rows is noticed. */
function zeros({ inputs }: OnnxModel): unknown[] {
  const item: Record<string, unknown> = {}
  for (const { name, type, shape } of inputs) {
    if (!shape?.every((length) => length !== undefined)) return []
    item[name] = zerosOf(
      type,
      shape.reduce<number>((product, length) => product * (length ?? 1), 1),
    )
  }
  return [item, item]
}

function zerosOf(type: string, length: number): unknown {
  const ElementArray = type === 'bool' ? Uint8Array : elementTypes[type as ElementType]
  // Eight bytes are enough for an element of any type.
  return new ElementArray(new ArrayBuffer(length * 8)).slice(0, length)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
