import { spawnSync } from 'node:child_process'
import { App, type HttpError, silentLogger, sse } from 'millrace'
import { type AnyRuntimeFactory, model, python, workers } from 'millrace/models'
import { z } from 'zod'
import { cachedModel, type Item, itemOf, lanes, maxCost } from './items.ts'

const result = z.object({ token: z.string(), lane: z.number(), version: z.number().optional() })
const ask = z.object({
  items: z.array(itemOf).min(1).max(20),
  priority: z.int().min(-5).max(5).default(0),
  deadlineMs: z.number().positive().default(10_000),
})

// They die on purpose and all the time, so they are never given up.
const supervision = { count: lanes, maxCrashes: 1_000, crashWindowMs: 1_000 }
const hasPython = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0

/** The runtime of the cached model, of which there is a new version again and again. */
function versionOf(version: number): AnyRuntimeFactory {
  return workers(new URL(`./echo.model.ts?version=${version}`, import.meta.url), supervision)
}

const runtimes = {
  threads: workers(new URL('./echo.model.ts', import.meta.url), supervision),
  idempotent: workers(new URL('./echo.model.ts', import.meta.url), supervision),
  [cachedModel]: versionOf(0),
  ...(hasPython ? { python: python(new URL('./echo.py', import.meta.url), supervision) } : {}),
}

export const models = Object.entries(runtimes).map(([name, runtime]) =>
  model({
    name,
    input: itemOf,
    output: result,
    runtime,
    batch: { maxSize: 8, cost: ({ token }) => token.length, maxCost, timeoutMs: 5_000 },
    queue: { maxSize: 48, maxPerCaller: 24 },
    idempotent: name === 'idempotent',
    ...(name === cachedModel ? { cache: { maxItems: 30, key: ({ token, act }: Item) => `${act} ${token}` } } : {}),
    caller: ({ request }) => request.headers.get('x-caller') ?? '',
    log: silentLogger,
  }),
)

/** Loads a new version of the cached model while the old one serves. */
export async function swapCached(version: number): Promise<void> {
  await models[Object.keys(runtimes).indexOf(cachedModel)]?.swap(versionOf(version))
}

/** What the app has logged as its own fault, which is what a broken model is, by message. */
export const faults = new Map<string, number>()

export const app = new App({
  logger: {
    ...silentLogger,
    error: (_message, fields) => {
      const { error } = (fields ?? {}) as { error?: HttpError }
      const message = String(error?.message).replaceAll(/\d+/g, 'N').split('\n')[0] as string
      faults.set(message, (faults.get(message) ?? 0) + 1)
    },
  },
})
for (const [index, name] of Object.keys(runtimes).entries()) {
  const engine = models[index] as (typeof models)[number]
  const deps = { engine }
  app.post(`/${name}/run`, { body: ask, response: result, deps }, ({ body: { items, ...options }, engine }) =>
    engine.run(items[0] as Item, options),
  )
  app.post(`/${name}/many`, { body: ask, response: z.array(result), deps }, ({ body: { items, ...options }, engine }) =>
    engine.runMany(items, options),
  )
  app.post(`/${name}/stream`, { body: ask, response: sse(result), deps }, ({ body: { items, ...options }, engine }) =>
    engine.stream(items[0] as Item, options),
  )
}
