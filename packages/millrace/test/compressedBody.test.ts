import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, constants, createZstdCompress, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { App, byteStream, bytes, form, multipart, parts, text } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { boundary, written } from './support/multipart.ts'
import { describeTransports, type Serve } from './support/serve.ts'

/** One operation of each kind of body, each telling what it got. */
function everyKind(): App {
  const app = new App({ decompress: true, maxBodyBytes: 200_000 })
  const Name = z.object({ name: z.string() })
  app.post('/json', { body: Name }, ({ body }) => body.name)
  app.post('/form', { body: form(Name) }, ({ body }) => body.name)
  app.post('/text', { body: text() }, ({ body }) => body)
  app.post('/bytes', { body: bytes() }, ({ body }) => Buffer.from(body).toString())
  app.post('/multipart', { body: multipart(Name) }, ({ body }) => body.name)
  app.post('/stream', { body: byteStream() }, ({ body }) => new Response(body).text())
  app.post('/parts', { body: parts() }, async ({ body }) => {
    let last = 'no part'
    for await (const part of body) last = await part.text()
    return last
  })
  return app
}

const kinds: [path: string, contentType: string, body: string][] = [
  ['/json', 'application/json', '{"name":"mill"}'],
  ['/form', 'application/x-www-form-urlencoded', 'name=mill'],
  ['/text', 'text/plain', 'mill'],
  ['/bytes', 'application/octet-stream', 'mill'],
  ['/stream', 'application/octet-stream', 'mill'],
  ['/multipart', `multipart/form-data; boundary=${boundary}`, written([{ as: 'name', content: 'mill' }]).toString()],
  ['/parts', `multipart/form-data; boundary=${boundary}`, written([{ as: 'name', content: 'mill' }]).toString()],
]

const codings: [string, (text: string) => Uint8Array<ArrayBuffer>][] = [
  ['gzip', gzipSync],
  ['GZIP', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ...(zstdCompressSync ? [['zstd', zstdCompressSync] satisfies [string, unknown]] : []),
]

function sender(serve: Serve, app: App) {
  const served = serve(app)
  return async (path: string, contentType: string, coding: string, body: Uint8Array<ArrayBuffer>) => {
    const { request } = await served
    const headers = { 'content-type': contentType, 'content-encoding': coding }
    const response = await request(path, { method: 'POST', headers, body })
    if (response.status === 200) return response.text()
    const { status, code, detail } = (await response.json()) as Record<string, unknown>
    return [status, code, detail]
  }
}

describeTransports('a compressed body', (serve) => {
  it('is taken in every coding by every kind, where that is allowed', async () => {
    const send = sender(serve, everyKind())
    for (const [coding, compress] of codings)
      for (const [path, type, body] of kinds)
        expect([coding, path, await send(path, type, coding, compress(body))]).toEqual([coding, path, 'mill'])
    expect(await send('/json', 'application/json', 'identity', Buffer.from('{"name":"mill"}'))).toBe('mill')
  })

  it('is bounded in both sizes', async () => {
    const send = sender(serve, everyKind())
    const refusal = [413, 'body_too_large', 'The body is larger than 200000 bytes']
    // 64 MB of nothing in 64 KB.
    const bomb = gzipSync(Buffer.alloc(64_000_000))
    expect(bomb.byteLength).toBeLessThan(200_000)
    for (const [path, type] of kinds.filter(([path]) => path !== '/parts' && path !== '/multipart'))
      expect([path, await send(path, type, 'gzip', bomb)]).toEqual([path, refusal])
    const file = Buffer.concat([
      written([{ as: 'form-data; name="name"; filename="a"', content: '' }], ''),
      Buffer.alloc(64_000_000),
    ])
    for (const path of ['/multipart', '/parts'])
      expect([path, await send(path, kinds[5]?.[1] as string, 'gzip', gzipSync(file))]).toEqual([path, refusal])
    expect(await send('/bytes', 'text/plain', 'gzip', gzipSync(Buffer.alloc(200_000)))).toBe('\0'.repeat(200_000))
    expect(await send('/bytes', 'text/plain', 'gzip', gzipSync(Buffer.alloc(200_001)))).toEqual(refusal)
    expect(await send('/bytes', 'text/plain', 'gzip', new Uint8Array(200_001))).toEqual(refusal)
  })

  it('has to be whole, and what it says', async () => {
    const send = sender(serve, everyKind())
    for (const [coding, compress] of codings)
      for (const [path, type, body] of kinds) {
        const whole = compress(body)
        const name = coding.toLowerCase().replace('x-', '')
        const refusal = [400, 'malformed_body', `The body is not whole, or not of the coding ${name}`]
        const cut = whole.subarray(0, whole.length - (coding === 'br' ? 1 : 5))
        expect([coding, path, await send(path, type, coding, cut)]).toEqual([coding, path, refusal])
        expect([coding, path, await send(path, type, coding, Buffer.from('no coding at all'))]).toEqual([
          coding,
          path,
          refusal,
        ])
      }
  })

  it('loses nothing that stands behind its end', async () => {
    const send = sender(serve, everyKind())
    for (const [coding, compress] of codings) {
      const name = coding.toLowerCase().replace('x-', '')
      for (const [path, type, body] of kinds) {
        const longer = Buffer.concat([compress(body), Buffer.alloc(5)])
        // Of zstd, what follows would be another frame.
        if (name === 'zstd') continue
        expect([coding, path, await send(path, type, coding, longer)]).toEqual([
          coding,
          path,
          [400, 'malformed_body', `The body goes on behind the end of what is of the coding ${name}`],
        ])
      }
    }
  })

  it.runIf(zstdCompressSync)('of zstd may have several frames, wherever the pieces that come are cut', async () => {
    const app = new App({ decompress: true })
    app.post('/bytes', { body: bytes() }, ({ body }) => Buffer.from(body).toString())
    app.post('/stream', { body: byteStream() }, ({ body }) => new Response(body).text())
    const served = await serve(app)
    const skippable = Buffer.from('502a4d1803000000616263', 'hex')
    const checked = zstdCompressSync('mill'.repeat(50_000), { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
    const whole = Buffer.concat([
      zstdCompressSync('The '),
      skippable,
      checked,
      zstdCompressSync(''),
      zstdCompressSync('!'),
    ])
    const text = `The ${'mill'.repeat(50_000)}!`
    const headers = { 'content-type': 'text/plain', 'content-encoding': 'zstd' }
    const post = (path: string, body: ReadableStream | Uint8Array<ArrayBuffer>) =>
      served.request(path, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    for (const path of ['/bytes', '/stream'])
      for (const size of [1, 7, 16, whole.length]) {
        const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
          Uint8Array.from(whole.subarray(index * size, (index + 1) * size)),
        )
        expect([path, size, await (await post(path, ReadableStream.from(pieces))).text()]).toEqual([path, size, text])
      }
    // Each would cost a turn of the decoder.
    const many = Buffer.concat(Array.from({ length: 1_000 }, () => zstdCompressSync('')))
    expect((await post('/bytes', many)).status).toBe(400)
    const junk = await post('/bytes', Buffer.concat([zstdCompressSync('mill'), Buffer.alloc(5)]))
    expect((await junk.json()) as unknown).toMatchObject({ status: 400, code: 'malformed_body' })
  })

  it.runIf(zstdCompressSync)('may not ask for more memory than a client of HTTP may (RFC 9659)', async () => {
    const send = sender(serve, everyKind())
    // In two pieces: of a whole that is known the window is no larger than that.
    const framed = (windowLog: number) => {
      const encoder = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: windowLog } })
      encoder.write(Buffer.alloc(50_000))
      encoder.end(Buffer.alloc(50_000))
      return buffer(encoder) as Promise<Buffer<ArrayBuffer>>
    }
    for (const path of ['/bytes', '/stream']) {
      expect(await send(path, 'text/plain', 'zstd', await framed(23))).toBe('\0'.repeat(100_000))
      expect(await send(path, 'text/plain', 'zstd', await framed(27))).toEqual([
        400,
        'malformed_body',
        'The body is not whole, or not of the coding zstd',
      ])
    }
  })

  it('is refused in another coding, or in several', async () => {
    const send = sender(serve, everyKind())
    for (const coding of ['compress', 'gzip, br', 'gzip, gzip', '__proto__', ''])
      expect([coding, await send('/json', 'application/json', coding, gzipSync('{}'))]).toEqual([
        coding,
        [
          415,
          'unsupported_media_type',
          expect.stringMatching(/^This operation takes bodies in one of the codings gzip, /),
        ],
      ])
  })

  it('is refused where nothing is said of it, but for bytes, which are given as they came', async () => {
    const app = new App()
    app.post('/json', { body: z.unknown() }, () => 'unreached')
    app.post('/decompressed', { body: z.unknown(), decompress: true }, ({ body }) => body)
    app.post('/bytes', { body: bytes() }, ({ body }) => body.byteLength)
    const send = sender(serve, app)
    const body = gzipSync('{"a":1}')
    expect(await send('/json', 'application/json', 'gzip', body)).toEqual([
      415,
      'unsupported_media_type',
      'This operation takes no compressed bodies',
    ])
    expect(await send('/decompressed', 'application/json', 'gzip', body)).toBe('{"a":1}')
    expect(await send('/bytes', 'application/json', 'gzip', body)).toBe(String(body.byteLength))
  })
})
