import type { Server } from 'millrace'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lanes } from '../assistant.ts'
import { allOf, ask, hasModel, read, serve, status } from './support/chat.ts'

describe.skipIf(!hasModel)('a conversation over HTTP', () => {
  let server: Server

  beforeAll(async () => {
    server = await serve()
  })
  afterAll(() => server.close())

  test('streams an answer token by token, then its numbers', async () => {
    const response = await ask(server, 'What is the capital of France?', { temperature: 0, maxTokens: 40 })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const all = await allOf(read(response))
    const done = all.pop()
    const texts = all.map(({ event, data }) => (event === 'token' ? data.text : expect.unreachable()))
    expect(texts.join('')).toContain('Paris')
    expect(done).toMatchObject({ event: 'done', data: { tokens: texts.length } })
  })

  test('keeps to the number of tokens, and stops where it is told to', async () => {
    const question = 'What is the capital of France?'
    const short = await allOf(read(await ask(server, question, { temperature: 0, maxTokens: 3 })))
    expect(short.map(({ event }) => event)).toEqual(['token', 'token', 'token', 'done'])
    const stopped = await allOf(read(await ask(server, question, { temperature: 0, stop: ['Paris'] })))
    const text = stopped.map(({ event, data }) => (event === 'token' ? data.text : '')).join('')
    expect(text).not.toBe('')
    expect(text).not.toContain('Paris')
  })

  test('answers two conversations at the same time', async () => {
    const order: string[] = []
    const follow = async (name: string, question: string) => {
      for await (const { event } of read(await ask(server, question, { maxTokens: 48 }))) order.push(`${name} ${event}`)
    }
    await Promise.all([follow('a', 'Tell me about rivers.'), follow('b', 'Tell me about mountains.')])
    // Each has begun before the other has ended.
    expect(order.indexOf('a token')).toBeLessThan(order.indexOf('b done'))
    expect(order.indexOf('b token')).toBeLessThan(order.indexOf('a done'))
  })

  test('a client that leaves frees its lane for one that waits', async () => {
    const before = (await status(server))['cancelled'] as number
    const leaving = new AbortController()
    const staying = new AbortController()
    const long = { maxTokens: 1_024, temperature: 1 }
    const held = await Promise.all(
      Array.from({ length: lanes }, async (_, index) => {
        const { signal } = index === 0 ? leaving : staying
        const stream = read(await ask(server, 'Tell a very long story about a miller and his cat.', long, signal))
        await stream.next()
        return stream
      }),
    )
    const waiting = ask(server, 'Hello?', { maxTokens: 1 })
    await expect.poll(() => status(server)).toMatchObject({ queued: 1, running: lanes })
    leaving.abort()
    const answered = await allOf(read(await waiting))
    expect(answered.map(({ event }) => event)).toEqual(['token', 'done'])
    expect(await status(server)).toMatchObject({ queued: 0, running: lanes - 1, cancelled: before + 1 })
    staying.abort()
    await expect.poll(() => status(server)).toMatchObject({ queued: 0, running: 0, cancelled: before + lanes })
    await Promise.all(held.map((stream) => stream.next().catch(() => undefined)))
  })

  test('a conversation that is too long is refused before anything is sent', async () => {
    const response = await ask(server, 'word '.repeat(2_100))
    expect(response.status).toBe(422)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await response.json()).toMatchObject({ code: 'context_overflow', status: 422 })
  })

  test('a conversation without a question is refused', async () => {
    const response = await ask(server, '', { messages: [{ role: 'assistant', content: 'Hello!' }] })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      code: 'wrong_input',
      detail: 'The last message is of the assistant: there is nothing to answer',
    })
  })
})
