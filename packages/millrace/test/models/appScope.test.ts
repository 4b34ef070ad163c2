import { App, dependency } from 'millrace'
import { inline, type ModelHandle, model } from 'millrace/models'
import { expect, it } from 'vitest'
import { z } from 'zod'

function makeApp() {
  const lengths = model({
    name: 'lengths',
    input: z.string(),
    output: z.number(),
    runtime: inline({ run: (_, batch: string[]) => batch.map((text) => text.length) }),
  })
  const index = dependency({ scope: 'app', deps: { lengths } }, ({ lengths }) => lengths.runMany(['a', 'bb', 'ccc']))
  const app = new App({ logger: false })
  app.get('/index', { deps: { index } }, ({ index }) => index)
  app.get(
    '/length',
    { deps: { index, lengths } },
    async ({ index, lengths }) => index.length + (await lengths.run('four')),
  )
  return { app, lengths }
}

const get = async (app: App, path: string) => (await app.request(path)).json()

it('lends a model to what is made at start-up, and to requests, in one copy', async () => {
  const { app, lengths } = makeApp()
  expect(await get(app, '/index')).toEqual([1, 2, 3])
  expect(await get(app, '/length')).toBe(7)
  expect(await lengths.status()).toMatchObject({ state: 'ready', done: 4, batches: 2, running: 0 })
  await app.stop()
  expect((await lengths.status()).state).toBe('unloaded')
})

it('is replaced for both by one override', async () => {
  const { app, lengths } = makeApp()
  const zeros: ModelHandle<string, number> = {
    run: async () => 0,
    runMany: async (texts) => texts.map(() => 0),
    stream: async function* () {},
  }
  const copy = app.with({ overrides: [[lengths, () => zeros]] })
  expect([await get(copy, '/index'), await get(copy, '/length')]).toEqual([[0, 0, 0], 3])
  await copy.stop()

  const twice = model({
    name: 'twice',
    input: z.string(),
    output: z.number(),
    runtime: inline({ run: (_, batch: string[]) => batch.map((text) => 2 * text.length) }),
  })
  const other = app.with({ overrides: [[lengths, twice]] })
  expect([await get(other, '/index'), await get(other, '/length')]).toEqual([[2, 4, 6], 11])
  await other.stop()
  expect([(await lengths.status()).state, (await lengths.status()).done, (await twice.status()).state]).toEqual([
    'unloaded',
    0,
    'unloaded',
  ])
})
