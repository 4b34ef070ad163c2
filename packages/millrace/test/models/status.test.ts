import { pathToFileURL } from 'node:url'
import { silentLogger } from 'millrace'
import {
  type AnyRuntimeFactory,
  inline,
  llama,
  model,
  onnx,
  python,
  remote,
  transformers,
  workers,
} from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

function make(runtime: AnyRuntimeFactory) {
  const made = model({ name: 'made', input: z.string(), output: z.string(), runtime, log: silentLogger })
  onTestFinished(() => made.close())
  return made
}

const here = (path: string) => pathToFileURL(`${process.cwd()}/${path}`)

it.each<[string, AnyRuntimeFactory, string | undefined]>([
  ['a module of the working directory', workers(here('src/words.model.ts')), 'src/words.model.ts'],
  ['a file elsewhere', onnx({ path: new URL('file:///srv/models/digits.onnx') }), '/srv/models/digits.onnx'],
  ['a relative path', llama({ path: 'models/small.gguf' }), 'models/small.gguf'],
  ['a file of Python', python(here('model.py')), 'model.py'],
  ['a model of a hub', transformers({ task: 'feature-extraction', model: 'Xenova/tiny' }), 'Xenova/tiny'],
  ['bytes', onnx({ bytes: new Uint8Array(1) }), undefined],
  ['a function', inline({ run: (_, batch: string[]) => batch }), undefined],
  [
    'a server, without its credentials',
    remote({ protocol: 'text-embeddings', url: 'http://user:secret@models:8080/embed?key=secret' }),
    'http://models:8080/embed',
  ],
])('tells what it is loaded from: %s', async (_what, runtime, source) => {
  expect((await make(runtime).status()).source).toBe(source)
})

it('tells how often it was loaded, when, and from what it is now', async () => {
  const words = new URL('../fixtures/models/words.model.ts', import.meta.url)
  const made = make(inline({ run: (_, batch: string[]) => batch }))
  expect(await made.status()).toMatchObject({ state: 'unloaded', runtime: 'none', loads: 0 })
  expect(await made.status()).not.toHaveProperty('loadedAt')
  const before = Date.now()
  await made.open()
  const { loadedAt, ...status } = await made.status()
  expect(status).toMatchObject({ state: 'ready', runtime: 'inline', loads: 1 })
  expect(Date.parse(String(loadedAt))).toBeGreaterThanOrEqual(before)
  await expect(made.swap(workers('file:///no/such.model.js'))).rejects.toThrow()
  expect(await made.status()).toEqual({ ...status, loadedAt })
  await made.swap(workers(words))
  expect(await made.status()).toMatchObject({
    runtime: 'workers',
    source: 'packages/millrace/test/fixtures/models/words.model.ts',
    loads: 2,
  })
})
