import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { silentLogger } from 'millrace'
import { model, type TransformersOptions, transformers } from 'millrace/models'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { modelFiles, modelFolder, modelName, modelsFolder } from '../model/model.ts'
import { hasModel } from './support/server.ts'

/** A model that takes any item. */
function make(options: Partial<TransformersOptions>) {
  const made = model({
    name: 'tried',
    input: z.any(),
    output: z.any(),
    runtime: transformers({
      task: 'feature-extraction',
      model: modelName,
      args: [{ pooling: 'mean', normalize: true }],
      ...options,
    }),
    log: silentLogger,
  })
  onTestFinished(() => made.close())
  return made
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'embeddings-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

/** A hub that has the files of the model, or answers with a status. @returns its URL, and what it was asked for */
async function hub(status = 200) {
  const asked: string[] = []
  const beginning = `/${modelName}/resolve/main/`
  const server = createServer(async ({ url = '' }, response) => {
    asked.push(url)
    const file = modelFiles.find((name) => url === beginning + name)
    if (status !== 200 || !file) return response.writeHead(status === 200 ? 404 : status).end()
    response.end(await readFile(new URL(file, modelFolder)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { remoteHost: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, beginning }
}

describe('a model that is not to be had', () => {
  test('because the hub refuses it', async () => {
    const { remoteHost, asked } = await hub(401)
    await expect(make({ remoteHost, cacheDir: await folder() }).open()).rejects.toMatchObject({
      code: 'model_failed',
      message: expect.stringContaining(`The model '${modelName}' cannot be loaded for 'feature-extraction'`),
    })
    expect(asked.length).toBeGreaterThan(0)
  })

  test('because nothing may be fetched', async () => {
    const { remoteHost, asked } = await hub()
    const made = make({ remoteHost, cacheDir: await folder(), localFilesOnly: true })
    await expect(made.open()).rejects.toThrow(/cannot be loaded for 'feature-extraction': .*not found locally/)
    expect(asked).toEqual([])
  })

  test('because the folder has none', async () => {
    const path = await folder()
    await expect(make({ model: pathToFileURL(path) }).open()).rejects.toThrow(
      `There is no model in ${path}: it has no config.json`,
    )
  })
})

describe.skipIf(!hasModel)('a model of the hub', () => {
  test('is fetched once, and then is there without the hub', async () => {
    const { remoteHost, asked, beginning } = await hub()
    const cacheDir = await folder()
    const first = make({ remoteHost, cacheDir: pathToFileURL(`${cacheDir}/`) })
    const vector = await first.run('The mill turns with the river.')
    expect(vector).toHaveLength(384)
    for (const file of modelFiles) expect(asked).toContain(beginning + file)
    const fetched = asked.length
    const second = make({ remoteHost, cacheDir, localFilesOnly: true })
    expect(await second.run('The mill turns with the river.')).toEqual(vector)
    expect(asked.length).toBe(fetched)
  })

  test('that has been copied into a folder is used from there', async () => {
    const path = join(await folder(), 'copied')
    await cp(modelFolder, path, { recursive: true })
    const there = make({ model: pathToFileURL(path), warmUp: ['mill'] })
    const cached = make({ cacheDir: modelsFolder, localFilesOnly: true })
    expect(await there.run('The mill turns.')).toEqual(await cached.run('The mill turns.'))
  })

  test('whose file is cut off says so', async () => {
    const path = join(await folder(), 'half')
    await cp(modelFolder, path, { recursive: true })
    const whole = await readFile(join(path, 'onnx/model.onnx'))
    await writeFile(join(path, 'onnx/model.onnx'), whole.subarray(0, 40_000_000))
    await expect(make({ model: pathToFileURL(path) }).open()).rejects.toThrow(
      /half cannot be loaded for 'feature-extraction': /,
    )
  })
})

describe.skipIf(!hasModel)('items and results', () => {
  test('what is no text fails alone', async () => {
    const made = make({ cacheDir: modelsFolder, localFilesOnly: true })
    const results = await Promise.allSettled([made.run('mill'), made.run(null), made.run('wheel')])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await made.status()).toMatchObject({ done: 2, failed: 1, restarts: 0 })
  })

  test('without pooling each token has its vector', async () => {
    const made = make({ cacheDir: modelsFolder, localFilesOnly: true, args: [] })
    // [CLS] mill [SEP]
    expect(await made.run('mill')).toMatchObject({ shape: [3, 384] })
  })

  test('two workers run batches at the same time', async () => {
    const made = make({ cacheDir: modelsFolder, localFilesOnly: true, count: 2, threads: 1 })
    const vectors = await made.runMany(Array.from({ length: 70 }, () => 'The mill turns.'))
    expect(vectors).toHaveLength(70)
    expect(await made.status()).toMatchObject({ lanes: 2, done: 70, failed: 0 })
  })
})
