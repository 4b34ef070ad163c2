import { basename, dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { workerData } from 'node:worker_threads'
import type { ModelDefinition } from '../../defineModel.ts'
import type { ThreadData } from '../messages.ts'
import { runBatch } from './batches.ts'
import type { Pipeline, TransformersPackage } from './package.ts'

/** What a thread of `transformers()` is started with. */
export interface TransformersThreadData extends ThreadData {
  readonly transformers: {
    /** The file of `@huggingface/transformers` to import. */
    readonly package: string
    readonly task: string
    /** A folder, or a name on the hub. */
    readonly model: { readonly folder: string } | { readonly name: string }
    readonly args: readonly unknown[]
    readonly warmUp: readonly unknown[]
    readonly cacheDir: string | undefined
    readonly remoteHost: string | undefined
    readonly localFilesOnly: boolean
    /** Further options of `pipeline()`. */
    readonly options: Readonly<Record<string, unknown>>
  }
}

const settings = (workerData as TransformersThreadData).transformers

// The model that a thread of `transformers()` runs.
const definition: ModelDefinition<Pipeline, unknown, unknown> = {
  async load({ threads }) {
    const { env, pipeline } = (await import(pathToFileURL(settings.package).href)) as TransformersPackage
    const { model, task } = settings
    if ('folder' in model) env.localModelPath = dirname(model.folder)
    env.allowRemoteModels = !('folder' in model || settings.localFilesOnly)
    if (settings.cacheDir !== undefined) env.cacheDir = settings.cacheDir
    if (settings.remoteHost !== undefined) env.remoteHost = settings.remoteHost
    const name = 'folder' in model ? basename(model.folder) : model.name
    const loaded = await pipeline(task, name, {
      ...settings.options,
      session_options: { intraOpNumThreads: threads, ...(settings.options['session_options'] as object | undefined) },
    }).catch((error: unknown) => {
      const where = 'folder' in model ? model.folder : `'${name}'`
      throw new Error(`The model ${where} cannot be loaded for '${task}': ${messageOf(error)}`, { cause: error })
    })
    const failed = settings.warmUp.length > 0 && (await runBatch(loaded, settings.warmUp, settings.args)).find(isError)
    if (failed) throw new Error(`The model failed to warm up: ${failed.message}`, { cause: failed })
    return loaded
  },
  run: (pipeline, items) => runBatch(pipeline, items, settings.args),
  close: (pipeline) => pipeline.dispose(),
}

export default definition

function isError(value: unknown): value is Error {
  return value instanceof Error
}

/** `fetch` says only that it failed; why is in its cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
