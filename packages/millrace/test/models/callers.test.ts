import { App, dependency } from 'millrace'
import { listModels, type ModelOptions } from 'millrace/models'
import { apiKeys, generateApiKey, MemoryApiKeyStore } from 'millrace/security'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { gated } from '../support/gatedModel.ts'
import { describeTransports } from '../support/serve.ts'

const ada = generateApiKey({ owner: 'ada' })
const adaAgain = generateApiKey({ owner: 'ada' })
const bob = generateApiKey({ owner: 'bob' })
const key = apiKeys({ store: new MemoryApiKeyStore([ada.record, adaAgain.record, bob.record]) })

const post = (body: unknown, apiKey: string) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
  body: JSON.stringify(body),
})

const limits = { queue: { maxSize: 20, maxPerCaller: 4 } }

/** The caller is known to the handler alone. */
function toldByHandler() {
  const { made, batch } = gated(limits)
  const app = new App({ logger: false })
  app.post('/words', { body: z.array(z.string()), deps: { made, key } }, ({ body, made, key }) =>
    made.runMany(body, { caller: key.owner ?? key.id }),
  )
  app.post('/nobody', { body: z.array(z.string()), deps: { made } }, ({ body, made }) => made.runMany(body))
  app.get('/models', listModels(made))
  return { app, made, batch }
}

/** The caller is known before the body is read. */
function toldByGuard(caller: NonNullable<ModelOptions<z.ZodString, z.ZodString>['caller']>) {
  const { made, batch } = gated({ ...limits, caller })
  const app = new App({ logger: false })
  app.post('/words', { body: z.array(z.string()), deps: { made, key } }, ({ body, made }) => made.runMany(body))
  return { app, made, batch }
}

const owner = dependency({ deps: { key } }, ({ key }) => key.owner)

describeTransports('callers', (serve) => {
  it.each([
    ['told by the handler', toldByHandler],
    ['told by a guard', () => toldByGuard(owner)],
  ])('%s have each a limit of their own', async (_how, make) => {
    const { app, made, batch } = make()
    const { request } = await serve(app)
    const ask = async (words: string[], apiKey: string) => {
      const response = await request('/words', post(words, apiKey))
      const body = (await response.json()) as unknown
      return response.ok ? body : [response.status, (body as { code: string }).code]
    }
    const held = ask(['head'], ada.key)
    await batch(0)
    const more = [ask(['1'], ada.key), ask(['2', '3'], adaAgain.key)]
    await expect.poll(() => made.status()).toMatchObject({ queued: 3, running: 1, reserved: 0 })
    // Whichever of her keys she takes, and however many items she has in one request.
    expect(await ask(['4'], adaAgain.key)).toEqual([429, 'caller_limit'])
    expect(await ask(['1', '2', '3', '4', '5'], bob.key)).toEqual([413, 'too_many_items'])
    const others = ask(['1', '2', '3', '4'], bob.key)
    await expect.poll(() => made.status()).toMatchObject({ queued: 7, running: 1, reserved: 0 })
    ;(await batch(0)).finish()
    ;(await batch(1)).finish()
    expect(await held).toEqual(['HEAD'])
    expect(await Promise.all(more)).toEqual([['1'], ['2', '3']])
    expect(await others).toEqual(['1', '2', '3', '4'])
    await expect.poll(() => made.status()).toMatchObject({ queued: 0, running: 0, reserved: 0 })
  })
})
