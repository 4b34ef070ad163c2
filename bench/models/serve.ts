import { App } from 'millrace'
import { model, python, workers } from 'millrace/models'
import { z } from 'zod'

// The process of a Millrace server: `node serve.ts threads|python [interpreter]`, with settings in BENCH_QUEUE.

const [kind, interpreter] = process.argv.slice(2)
const mlp = model({
  name: 'mlp',
  input: z.array(z.number()).length(64),
  output: z.array(z.number()),
  runtime:
    kind === 'python'
      ? python(new URL('./peers/mlp.py', import.meta.url), interpreter ? { interpreter } : {})
      : workers(new URL('./mlp.model.ts', import.meta.url)),
  batch: { maxSize: 32 },
  queue: JSON.parse(process.env['BENCH_QUEUE'] ?? '{}'),
})

const app = new App({ logger: false })
app.get('/health', () => 'ok')
app.post(
  '/predict',
  { body: z.object({ item: z.array(z.number()) }), response: z.object({ output: z.array(z.number()) }), deps: { mlp } },
  async ({ body, mlp }) => ({ output: await mlp.run(body.item) }),
)
const server = await app.listen({ port: Number(process.env['BENCH_PORT']), host: '127.0.0.1', signals: false })
process.on('SIGTERM', () => void server.close().then(() => process.exit()))
