import { parentPort } from 'node:worker_threads'
import { dimensions, type ModelMessage, type ModelRequest } from '../../models/protocol.ts'

// A worker that does what the text says, to see how ModelWorker takes it. Any other text gets a vector whose
// first number counts the cancellations so far.

const port = parentPort as NonNullable<typeof parentPort>
const send = (message: ModelMessage) => port.postMessage(message)
let cancellations = 0

port.on('message', (request: ModelRequest) => {
  if (request.kind === 'cancel') cancellations++
  if (request.kind !== 'embed') return
  const { id, texts } = request
  if (texts[0] === 'exit') process.exit(7)
  if (texts[0] === 'throw') throw new Error('out of tensors')
  if (texts[0] === 'hang') return
  if (texts[0] === 'refuse') return send({ kind: 'failed', id, message: 'no such token' })
  const vectors = new Float32Array(texts.length * dimensions)
  vectors[0] = cancellations
  send({ kind: 'embedded', id, vectors })
})
send({ kind: 'ready' })
