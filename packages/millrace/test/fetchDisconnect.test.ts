import { sse, text } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failOnFaults } from './support/faults.ts'
import { serveFetch } from './support/serve.ts'
import { aborted, makeTellingApp as makeApp } from './support/tellingApp.ts'

failOnFaults()

describe('app.fetch', () => {
  it.each(['cancelled body', 'aborted request'])('%s: generator ended, signal aborted', async (how) => {
    const { app, resource, open, tell, hear } = makeApp()
    app.get('/', { response: sse(z.number()), deps: { resource } }, async function* ({ signal }) {
      void aborted(signal).then((reason) => tell('aborted', reason))
      try {
        yield 1
        yield 2
      } finally {
        tell('ended')
      }
    })
    const { request } = await serveFetch(app)
    const controller = new AbortController()
    const response = await request('/', { signal: controller.signal })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: 1\n\n')
    if (how === 'cancelled body') await reader.cancel()
    else {
      controller.abort(new Error('enough'))
      await expect(reader.read()).rejects.toThrow('enough')
    }
    expect(await hear('aborted')).toMatchObject({ code: 'client_closed' })
    await Promise.all([hear('ended'), hear('resource closed')])
    expect(open.size).toBe(0)
  })

  it('aborted while a plain handler works: its signal is aborted', async () => {
    const { app, tell, hear } = makeApp()
    app.get('/', async ({ signal }) => {
      tell('started')
      tell('aborted', await aborted(signal))
    })
    const { request } = await serveFetch(app)
    const controller = new AbortController()
    void request('/', { signal: controller.signal })
    await hear('started')
    controller.abort()
    expect(await hear('aborted')).toMatchObject({ code: 'client_closed' })
  })

  it('aborted while its body comes: nothing waits for the rest', async () => {
    const { app, resource, open } = makeApp()
    app.post('/', { body: text(), deps: { resource } }, () => 'never')
    const { request } = await serveFetch(app)
    const controller = new AbortController()
    const body = new ReadableStream<Uint8Array>({
      pull: (stream) => {
        stream.enqueue(new Uint8Array([97]))
        controller.abort()
        return new Promise(() => undefined)
      },
    })
    const init = { method: 'POST', headers: { 'content-type': 'text/plain' }, body, duplex: 'half' as const }
    const response = await request('/', { ...init, signal: controller.signal } as RequestInit)
    expect([response.status, open.size]).toEqual([499, 0])
  })

  it('a body too large is refused, and its source told', async () => {
    const { app, tell, hear } = makeApp()
    app.post('/', { body: text(), maxBodyBytes: 10 }, () => 'never')
    const { request } = await serveFetch(app)
    const body = new ReadableStream<Uint8Array>({
      pull: (stream) => stream.enqueue(new Uint8Array(6).fill(97)),
      cancel: () => tell('cancelled'),
    })
    const init = { method: 'POST', headers: { 'content-type': 'text/plain' }, body, duplex: 'half' as const }
    expect((await request('/', init as RequestInit)).status).toBe(413)
    await hear('cancelled')
  })
})
