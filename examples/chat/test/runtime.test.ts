import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from 'millrace'
import { type LlamaOptions, llama, model } from 'millrace/models'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { modelPath } from '../model/file.ts'
import { hasModel } from './support/chat.ts'

/** A model that takes any item. */
function make(options: LlamaOptions) {
  const made = model({
    name: 'tried',
    input: z.any(),
    output: z.string(),
    runtime: llama(options),
    queue: { deadlineMs: 30_000 },
    log: silentLogger,
  })
  onTestFinished(() => made.close())
  return made
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'chat-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

describe('a file that is no model', () => {
  test('that is missing', async () => {
    const path = join(await folder(), 'missing.gguf')
    await expect(make({ path }).open()).rejects.toMatchObject({
      code: 'model_failed',
      message: `There is no model at ${path}`,
    })
  })

  test('that is something else', async () => {
    const path = join(await folder(), 'text.gguf')
    await writeFile(path, 'this is a text, and no model at all '.repeat(100))
    await expect(make({ path }).open()).rejects.toThrow(/text\.gguf cannot be loaded: Invalid GGUF magic/)
  })

  test.skipIf(!hasModel)('that is cut off', async () => {
    const path = join(await folder(), 'half.gguf')
    const whole = await open(modelPath)
    const { buffer } = await whole.read(Buffer.alloc(40_000_000))
    await whole.close()
    await writeFile(path, buffer)
    await expect(make({ path }).open()).rejects.toThrow(/half\.gguf cannot be loaded: .*corrupted or incomplete/)
  })
})

describe.skipIf(!hasModel)('the model by itself', () => {
  test('gives the whole text, of a conversation or of a prompt', async () => {
    const made = make({ path: modelPath, lanes: 1 })
    const prompt = { prompt: 'The capital of France is', maxTokens: 1, temperature: 0 }
    expect(await made.run(prompt)).toBe(' Paris')
    const messages = [{ role: 'user', content: 'What is the capital of France?' }]
    expect(await made.run({ messages, maxTokens: 40, temperature: 0 })).toContain('Paris')
  })

  test('has one lane for each sequence, and one item on each', async () => {
    const made = make({ path: modelPath, lanes: 3 })
    const items = Array.from({ length: 6 }, (_, index) => ({ prompt: `Number ${index}:`, maxTokens: 2 }))
    expect(await made.runMany(items)).toHaveLength(6)
    expect(await made.status()).toMatchObject({ runtime: 'llama', lanes: 3, batches: 6, meanBatchSize: 1, done: 6 })
  })

  test('a prompt that is too long fails alone', async () => {
    const made = make({ path: modelPath, contextSize: 256 })
    const [good, long] = await Promise.allSettled([
      made.run({ prompt: 'One, two,', maxTokens: 3, temperature: 0 }),
      made.run({ prompt: 'word '.repeat(300), maxTokens: 3 }),
    ])
    expect(good).toMatchObject({ status: 'fulfilled' })
    expect(long).toMatchObject({ reason: { status: 422, code: 'context_overflow' } })
  })

  test('one that almost fills the context has what room is left', async () => {
    const made = make({ path: modelPath, lanes: 1, contextSize: 256 })
    let pieces = 0
    const content = `Tell a long story of these: ${'cat dog '.repeat(105)}`
    const item = { messages: [{ role: 'user', content }], maxTokens: 500, temperature: 0 }
    for await (const _piece of made.stream(item)) pieces++
    expect(pieces).toBeGreaterThan(0)
    expect(pieces).toBeLessThan(40)
    expect(await made.status()).toMatchObject({ done: 1, failed: 0 })
  })

  test('what is no item is refused', async () => {
    const made = make({ path: modelPath, lanes: 1, contextSize: 256 })
    const refusals: [item: object, message: string][] = [
      [{}, 'An item has either `messages` or a `prompt`'],
      [{ messages: [], prompt: '' }, 'An item has either `messages` or a `prompt`'],
      [{ messages: [] }, '`messages` has to be a list of messages'],
      [{ messages: [{ role: 'robot', content: 'a' }] }, 'The role of message 0 has to be system, user or assistant'],
      [{ messages: [{ role: 'user' }] }, 'The content of message 0 has to be a text'],
      [{ prompt: 'a', maxTokens: 0 }, '`maxTokens` has to be a number from 1 to 9007199254740991'],
      [{ prompt: 'a', temperature: Number.NaN }, '`temperature` has to be a number from 0 to 100'],
      [{ prompt: 'a', stop: [''] }, 'A text of `stop` must not be empty'],
    ]
    for (const [item, message] of refusals)
      await expect(made.run(item)).rejects.toMatchObject({ status: 422, code: 'wrong_input', message })
  })

  test('a caller that leaves ends the work, and the lane is free', async () => {
    const made = make({ path: modelPath, lanes: 1 })
    await made.open()
    const leaving = new AbortController()
    const left = made.run({ prompt: 'Once upon a time', maxTokens: 2_000 }, { signal: leaving.signal })
    await expect.poll(async () => (await made.status()).batches).toBe(1)
    leaving.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    expect(await made.run({ prompt: 'The capital of France is', maxTokens: 1, temperature: 0 })).toBe(' Paris')
    expect(await made.status()).toMatchObject({ queued: 0, running: 0, cancelled: 1, restarts: 0 })
  })
})
