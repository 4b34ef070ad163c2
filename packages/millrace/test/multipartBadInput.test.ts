import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, type MultipartOptions, multipart, parts } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { boundary, form, posted, type WrittenPart, written } from './support/multipart.ts'
import { describeTransports, type Serve, serveHttp } from './support/serve.ts'
import { RawSocket } from './support/socket.ts'

const place = mkdtempSync(join(tmpdir(), 'multipart-test-'))
process.env['TMPDIR'] = place

const Anything = z.record(z.string(), z.unknown())

/** An app that takes anything, whole and part by part. */
async function serveAnything(serve: Serve, options: MultipartOptions = {}) {
  const app = new App()
  app.post('/', { body: multipart(Anything, options) }, ({ body }) =>
    Object.entries(body).map(([name, value]) => [name, value instanceof File ? value.name : value]),
  )
  app.post('/parts', { body: parts(options) }, async ({ body }) => {
    const seen: unknown[] = []
    for await (const part of body) seen.push([part.name, part.filename ?? (await part.text())])
    return seen
  })
  const { request } = await serve(app)
  /** What both say: the same, or it is told apart. */
  return async (init: () => RequestInit) => {
    const [whole, streamed] = await Promise.all(
      ['/', '/parts'].map(async (path) => {
        const response = await request(path, init())
        const value = (await response.json()) as { status: number; code: string; detail: string }
        return response.status === 200 ? value : [value.status, value.code, value.detail]
      }),
    )
    expect(streamed).toEqual(whole)
    return whole
  }
}

const field = (as: string, content: string, ...headers: string[]): WrittenPart => ({ as, content, headers })
const file = (filename: string, content = 'x', ...headers: string[]): WrittenPart => ({
  as: `form-data; name="f"; filename="${filename}"`,
  content,
  headers,
})

describeTransports('a multipart body that is not well-formed', (serve) => {
  it('is refused for what is wrong with it', async () => {
    const ask = await serveAnything(serve)
    const whole = written([field('a', 'one'), file('b.txt', 'two')])
    const cut = [400, 'malformed_body', 'The multipart body ends before its last boundary']
    const refusals: [string, () => RequestInit, unknown][] = [
      ['empty', () => posted(''), cut],
      ['another boundary', () => posted(whole, 'multipart/form-data; boundary=other'), cut],
      ['no part', () => posted(`--${boundary}--\r\n`), []],
      [
        'no boundary',
        () => posted(whole, 'multipart/form-data'),
        [400, 'malformed_body', "The content-type 'multipart/form-data' has no proper boundary"],
      ],
      [
        'an endless boundary',
        () => posted(whole, `multipart/form-data; boundary=${'b'.repeat(71)}`),
        [400, 'malformed_body', "The content-type 'multipart/form-data' has no proper boundary"],
      ],
      [
        'a part without headers',
        () => posted(`--${boundary}\r\n\r\nvalue\r\n--${boundary}--\r\n`),
        [400, 'malformed_body', "A part has no header 'content-disposition: form-data' with a name"],
      ],
      [
        'a part without a name',
        () => posted(written([field('form-data; filename="a"', 'x')])),
        [400, 'malformed_body', "A part has no header 'content-disposition: form-data' with a name"],
      ],
      [
        'a part with two names',
        () => posted(written([field('a', 'x', 'content-disposition: form-data; name="b"')])),
        [400, 'malformed_body', "A part has no header 'content-disposition: form-data' with a name"],
      ],
      [
        'an attachment',
        () => posted(written([field('attachment; name="a"', 'x')])),
        [400, 'malformed_body', "A part has no header 'content-disposition: form-data' with a name"],
      ],
      [
        'a part that ends within its headers',
        () => posted(`--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n--${boundary}--\r\n`),
        [400, 'malformed_body', 'A part ends within its headers'],
      ],
      [
        'a name that is not UTF-8',
        () => posted(Buffer.from(written([field('a\xe9', 'x')]).toString(), 'latin1')),
        [400, 'malformed_body', 'The headers of a part are not UTF-8'],
      ],
      [
        'the name of the prototype',
        () => posted(written([field('__proto__', '{"polluted":true}')])),
        [400, 'unsafe_key', "The name '__proto__' is not accepted"],
      ],
      [
        'a field in another encoding',
        () => posted(written([field('a', 'x', 'content-type: text/plain; charset=iso-8859-1')])),
        [415, 'unsupported_media_type', "The part 'a' is not in UTF-8"],
      ],
      [
        'a field that is not UTF-8',
        () => posted(Buffer.from(written([field('a', '\xe9')]).toString(), 'latin1')),
        [400, 'malformed_body', "The part 'a' is not UTF-8"],
      ],
      [
        'a part in base64',
        () => posted(written([field('a', 'eA==', 'content-transfer-encoding: base64')])),
        [415, 'unsupported_media_type', "The part 'a' has a content-transfer-encoding"],
      ],
      [
        'a type with another charset',
        () => posted(whole, `multipart/form-data; charset=utf-16; boundary=${boundary}`),
        [
          415,
          'unsupported_media_type',
          "This operation takes multipart/form-data in UTF-8: set the header 'content-type'",
        ],
      ],
      [
        'no multipart body',
        () => posted('{}', 'application/json'),
        [
          415,
          'unsupported_media_type',
          "This operation takes multipart/form-data in UTF-8: set the header 'content-type'",
        ],
      ],
      [
        'large headers of a part',
        () => posted(written([field('a', 'x', `x-large: ${'x'.repeat(16_400)}`)])),
        [413, 'part_too_large', 'The headers of a part are larger than 16384 bytes'],
      ],
      [
        'endless headers of a part',
        () => posted(`--${boundary}\r\nx-large: ${'x'.repeat(500_000)}`),
        [413, 'part_too_large', 'The headers of a part are larger than 16384 bytes'],
      ],
      [
        'a body that is too large',
        () => posted(written([file('a', 'x'.repeat(1024 * 1024))])),
        [413, 'body_too_large', 'The body is larger than 1048576 bytes'],
      ],
    ]
    for (const [what, init, expected] of refusals) expect([what, await ask(init)]).toEqual([what, expected])
    // Wherever it is cut, but for the end of the line after the last boundary.
    for (let length = 1; length < whole.length - 2; length += 5)
      expect([length, await ask(() => posted(whole.subarray(0, length)))]).toEqual([length, cut])
  })

  it('is refused beyond each limit', async () => {
    const fields = (count: number) => written(Array.from({ length: count }, (_, index) => field(`f${index}`, 'x')))
    const files = (...contents: string[]) => written(contents.map((content) => file('a', content)))
    const refusals: [MultipartOptions, Buffer<ArrayBuffer>, unknown][] = [
      [{}, fields(1_001), [413, 'too_many_parts', 'The body has more than 1000 fields']],
      [{ maxFields: 2 }, fields(3), [413, 'too_many_parts', 'The body has more than 2 fields']],
      [{ maxFiles: 1 }, files('x', 'y'), [413, 'too_many_parts', 'The body has more than 1 files']],
      [
        { maxParts: 1 },
        written([field('a', 'x'), file('b')]),
        [413, 'too_many_parts', 'The body has more than 1 parts'],
      ],
      [{ maxFileBytes: 4 }, files('1234', '12345'), [413, 'part_too_large', "The file 'f' is larger than 4 bytes"]],
      [
        { maxFieldBytes: 4 },
        written([field('a', '12'), field('b', '345')]),
        [413, 'part_too_large', 'The fields of the body are larger than 4 bytes together'],
      ],
      [
        { types: ['image/*', 'application/pdf'] },
        written([file('a', 'x', 'content-type: text/html')]),
        [415, 'unsupported_media_type', "The file 'f' is not of a type that is allowed"],
      ],
    ]
    for (const [options, body, expected] of refusals) {
      const ask = await serveAnything(serve, options)
      expect(await ask(() => posted(body))).toEqual(expected)
    }
    const ask = await serveAnything(serve, { types: ['image/*', 'application/pdf'] })
    for (const type of ['image/PNG', 'application/pdf;version=2'])
      expect(await ask(() => posted(written([file('a', 'x', `content-type: ${type}`)])))).toEqual([['f', 'a']])
  })

  it('has file names that lead nowhere', async () => {
    const ask = await serveAnything(serve)
    const names: [string, string][] = [
      ['../../etc/passwd', 'passwd'],
      ['C:\\Windows\\x.txt', 'x.txt'],
      ['C:x.txt', 'x.txt'],
      ['..\\..\\x', 'x'],
      ['/', 'unnamed'],
      ['..', 'unnamed'],
      ['a/..', 'unnamed'],
      ['a\0b\u202Etxt.exe', 'abtxt.exe'],
      ['quo%22te', 'quo"te'],
      ['mühle ☃.png', 'mühle ☃.png'],
      ['.hidden', '.hidden'],
    ]
    for (const [sent, seen] of names)
      expect([sent, await ask(() => posted(written([file(sent)])))]).toEqual([sent, [['f', seen]]])
    const extended = field(`form-data; name="f"; filename="x"; filename*=UTF-8''..%2F%E2%98%83.png`, 'x')
    expect(await ask(() => posted(written([extended])))).toEqual([['f', '☃.png']])
  })

  it('makes plain values of names that objects inherit', async () => {
    const ask = await serveAnything(serve)
    const names = ['constructor', 'toString', 'hasOwnProperty', 'length']
    expect(await ask(() => posted(written(names.map((name) => field(name, 'x')))))).toEqual(
      names.map((name) => [name, 'x']),
    )
  })

  it('is refused for JSON that is none, or is unsafe', async () => {
    const app = new App({ maxBodyValues: 10 })
    const body = multipart(z.object({ meta: z.object({}), more: z.object({}).optional() }))
    app.post('/', { body }, () => 'unreached')
    const { request } = await serve(app)
    const ask = async (fields: Record<string, string>) => {
      const { status, code, detail } = (await (await request('/', form(fields))).json()) as Record<string, unknown>
      return [status, code, detail]
    }
    expect(await ask({ meta: '{"a":' })).toEqual([400, 'malformed_json', "The part 'meta' is not JSON: unexpected end"])
    expect(await ask({ meta: '' })).toEqual([400, 'malformed_json', "The part 'meta' is not JSON: unexpected end"])
    expect(await ask({ meta: '{"__proto__":{}}' })).toEqual([400, 'unsafe_key', "The key '__proto__' is not accepted"])
    expect(await ask({ meta: `${'{"a":'.repeat(501)}1${'}'.repeat(501)}` })).toEqual([
      413,
      'too_many_values',
      'The body has more than 10 values',
    ])
    const many = '{"a":[1,2,3,4]}'
    expect(await ask({ meta: many, more: many })).toEqual([413, 'too_many_values', 'The body has more than 10 values'])
  })
})

describe.each(['http', 'net'] as const)('a client of a multipart body (%s)', (transport) => {
  it('that leaves takes its temporary files with it', async () => {
    const app = new App()
    const left = Promise.withResolvers<void>()
    const body = multipart(z.object({ f: z.file() }), { maxMemoryBytes: 0 })
    app.use(async (_context, next) => {
      const answer = await next()
      expect(answer.status).toBe(499)
      left.resolve()
      return answer
    })
    app.post('/', { body, maxBodyBytes: Infinity }, () => 'unreached')
    const { port, close } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    const head = `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\ncontent-type: multipart/form-data; boundary=${boundary}\r\n\r\n`
    await socket.write(head)
    await socket.write(written([file('large', 'x'.repeat(200_000))], ''))
    await expect.poll(() => readdirSync(place), { timeout: 20_000 }).toHaveLength(1)
    socket.destroy()
    await left.promise
    await close()
    expect(readdirSync(place)).toEqual([])
  })

  it('that is too slow is told so, and leaves no temporary files', async () => {
    const app = new App({ timeoutMs: 100 })
    const body = multipart(z.object({ f: z.file() }), { maxMemoryBytes: 0 })
    app.post('/', { body, maxBodyBytes: Infinity }, () => 'unreached')
    const { port, close } = await serveHttp(app, undefined, transport)
    const socket = new RawSocket(port)
    const head = `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\ncontent-type: multipart/form-data; boundary=${boundary}\r\n\r\n`
    await socket.write(head)
    await socket.write(written([file('large', 'x'.repeat(200_000))], ''))
    const answer = await socket.answer()
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      408,
      { code: 'request_timeout', detail: 'The body did not come within 100 ms' },
    ])
    socket.destroy()
    await close()
    expect(readdirSync(place)).toEqual([])
  })
})
