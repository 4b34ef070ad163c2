import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { silentLogger } from 'millrace'
import { type AnyRuntimeFactory, llama, model, transformers } from 'millrace/models'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

// The packages themselves are too large for the root install: the examples test with them.

function make(runtime: AnyRuntimeFactory) {
  const made = model({ name: 'tried', input: z.any(), output: z.any(), runtime, log: silentLogger })
  onTestFinished(() => made.close())
  return made
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'millrace-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

describe('a package that is not installed', () => {
  it.each([
    ['node-llama-cpp', 'llama()', llama({ path: 'model.gguf' })],
    ['@huggingface/transformers', 'transformers()', transformers({ task: 'feature-extraction', model: 'some/model' })],
  ])('%s is named, with how to install it', async (name, needed, runtime) => {
    await expect(make(runtime).open()).rejects.toMatchObject({
      code: 'model_failed',
      message: `${needed} needs the package '${name}': npm install ${name}`,
    })
  })
})

/** A stand-in for the package, beside the model: gives each text its length and the size of its batch. */
const pipelines = `
  exports.env = {}
  exports.pipeline = async (task, name, options) => {
    if (task === 'no-such') throw new Error('Unsupported pipeline')
    const call = async (texts, { unit } = {}) => {
      if (texts.includes('bad')) throw new Error('This text is bad')
      const places = [exports.env.localModelPath, name, String(exports.env.allowRemoteModels)].join(' ')
      if (task === 'places') return texts.map(() => places)
      if (task === 'lengths') return { dims: [texts.length, 2], data: Float32Array.from(texts.flatMap((text) => [text.length, texts.length])) }
      return texts.map((text) => ({ label: text + (unit ?? ''), threads: options.session_options.intraOpNumThreads }))
    }
    return Object.assign(call, { dispose: async () => undefined })
  }
`

describe('pipelines of Transformers.js', () => {
  async function pipeline(task: string, args: readonly unknown[] = []) {
    const root = await folder()
    const library = join(root, 'node_modules', '@huggingface', 'transformers')
    await mkdir(library, { recursive: true })
    await writeFile(join(library, 'package.json'), '{ "main": "index.cjs" }')
    await writeFile(join(library, 'index.cjs'), pipelines)
    await mkdir(join(root, 'tiny'))
    await writeFile(join(root, 'tiny', 'config.json'), '{}')
    return { root, made: make(transformers({ task, model: pathToFileURL(join(root, 'tiny/')), args, threads: 3 })) }
  }

  it('get a batch as a list, with what comes after it', async () => {
    const { made } = await pipeline('labels', [{ unit: '!' }])
    expect(await made.runMany(['a', 'b'])).toEqual([
      { label: 'a!', threads: 3 },
      { label: 'b!', threads: 3 },
    ])
    expect(await made.status()).toMatchObject({ runtime: 'transformers', batches: 1 })
  })

  it('give each item its row of a tensor', async () => {
    const { made } = await pipeline('lengths')
    expect(await made.runMany(['a', 'four'])).toEqual([Float32Array.of(1, 2), Float32Array.of(4, 2)])
  })

  it('fail for one item alone', async () => {
    const { made } = await pipeline('labels')
    const [good, bad] = await Promise.allSettled([made.run('good'), made.run('bad')])
    expect(good).toMatchObject({ value: { label: 'good' } })
    expect(bad).toMatchObject({ reason: { code: 'model_failed', message: 'Error: This text is bad' } })
  })

  it('take a folder for what it is, and fetch nothing then', async () => {
    const { root, made } = await pipeline('places')
    expect(await made.run('a')).toBe(`${root} tiny false`)
  })

  it('say which model cannot be loaded', async () => {
    const { root, made } = await pipeline('no-such')
    await expect(made.open()).rejects.toThrow(
      `The model ${join(root, 'tiny')} cannot be loaded for 'no-such': Unsupported pipeline`,
    )
    const missing = join(root, 'missing')
    await expect(make(transformers({ task: 'labels', model: pathToFileURL(missing) })).open()).rejects.toThrow(
      `There is no model in ${missing}: it has no config.json`,
    )
  })
})
