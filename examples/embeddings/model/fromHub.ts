import { fileURLToPath } from 'node:url'
import { hub, modelName, modelsFolder } from './model.ts'

/** The part of Transformers.js that is used. Its own types would have to be installed where this is checked. */
interface Transformers {
  readonly env: { cacheDir: string; remoteHost: string }
  pipeline(task: string, model: string, options: object): Promise<{ dispose(): Promise<unknown> }>
}

interface Progress {
  readonly status: string
  readonly file?: string
  readonly loaded?: number
  readonly total?: number
}

/**
 * Lets Transformers.js fetch the model from the hub into its cache, as it would at the first start of the server,
 * and says how far it is.
 *
 * @throws when the hub cannot be reached, or what came is no model
 */
export async function fromHub(): Promise<void> {
  const name: string = '@huggingface/transformers'
  const { env, pipeline } = (await import(name)) as Transformers
  env.cacheDir = fileURLToPath(modelsFolder)
  env.remoteHost = hub
  const loaded = await pipeline('feature-extraction', modelName, { progress_callback: progress() })
  await loaded.dispose()
}

/** A line for each tenth of a file; written over where somebody is looking. */
function progress(): (event: Progress) => void {
  const { isTTY } = process.stderr
  let shown = ''
  return ({ status, file, loaded = 0, total = 0 }) => {
    if (status !== 'progress' || total === 0) return
    const percent = Math.floor((loaded / total) * 100)
    const step = `${file} ${isTTY ? percent : Math.floor(percent / 10)}`
    if (step === shown) return
    shown = step
    const line = `  ${file}  ${percent} % of ${(total / 1e6).toFixed(1)} MB`
    process.stderr.write(isTTY ? `\r${line}${percent === 100 ? '\n' : ''}` : `${line}\n`)
  }
}
