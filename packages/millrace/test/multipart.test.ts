import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { App, form as formBody, multipart } from 'millrace'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Child } from './support/child.ts'
import { form, posted, written } from './support/multipart.ts'
import { describeTransports } from './support/serve.ts'

const png = (size: number, name = 'mill.png') => new File([new Uint8Array(size)], name, { type: 'image/png' })
// A place of its own for temporary files, so that they can be counted.
const place = mkdtempSync(join(tmpdir(), 'multipart-test-'))
process.env['TMPDIR'] = place
const temporary = () => readdirSync(place).length

const about = (file: File) => ({ name: file.name, type: file.type, size: file.size })

describeTransports('a multipart body', (serve) => {
  it('has fields that are coerced, and files', async () => {
    const app = new App()
    const body = multipart(
      z.object({ title: z.string(), width: z.int(), tags: z.array(z.string()), news: z.boolean(), photo: z.file() }),
    )
    app.post('/', { body }, async ({ body: { photo, ...fields } }) => ({
      ...fields,
      photo: about(photo),
      first: [...new Uint8Array(await photo.slice(0, 2).arrayBuffer())],
    }))
    const { request } = await serve(app)
    const response = await request(
      '/',
      form({ title: 'Mühle ☃', width: '640', tags: ['a', 'b'], news: '1', photo: png(10) }),
    )
    expect(await response.json()).toEqual({
      title: 'Mühle ☃',
      width: 640,
      tags: ['a', 'b'],
      news: true,
      photo: { name: 'mill.png', type: 'image/png', size: 10 },
      first: [0, 0],
    })
  })

  it('is checked, files too, and every issue is told', async () => {
    const app = new App()
    const body = multipart(
      z.object({
        width: z.int(),
        photo: z.file().max(5).mime('image/png'),
        title: z.string(),
        meta: z.object({ a: z.int() }),
      }),
    )
    app.post('/', { body }, () => 'unreached')
    const { request } = await serve(app)
    const response = await request(
      '/',
      form({ width: 'wide', photo: new File(['123456'], 'a.txt', { type: 'text/plain' }), meta: '{"a":"x"}' }),
    )
    expect(await response.json()).toMatchObject({
      status: 422,
      errors: [
        { in: 'body', path: ['width'], code: 'invalid_type' },
        { in: 'body', path: ['photo'], code: 'too_big' },
        { in: 'body', path: ['photo'], code: 'invalid_value' },
        { in: 'body', path: ['title'], code: 'missing' },
        { in: 'body', path: ['meta', 'a'], code: 'invalid_type' },
      ],
    })
    const text = await request('/', form({ width: '1', photo: 'not a file', title: 'x', meta: '{"a":1}' }))
    expect(await text.json()).toMatchObject({ errors: [{ path: ['photo'], code: 'invalid_type' }] })
  })

  it('makes arrays of repeated files, and takes the last where one is wanted', async () => {
    const app = new App()
    app.post('/', { body: multipart(z.object({ all: z.array(z.file()), one: z.file() })) }, ({ body }) => [
      body.all.map(about),
      about(body.one),
    ])
    const { request } = await serve(app)
    const send = async (all: File[]) => (await request('/', form({ all, one: [png(1, 'x'), png(2, 'y')] }))).json()
    expect(await send([png(1, 'a'), png(2, 'b')])).toEqual([
      [
        { name: 'a', type: 'image/png', size: 1 },
        { name: 'b', type: 'image/png', size: 2 },
      ],
      { name: 'y', type: 'image/png', size: 2 },
    ])
    expect(await send([png(3, 'c')])).toMatchObject([[{ name: 'c' }], { name: 'y' }])
  })

  it('has parts of JSON where the schema wants objects, or the part says that it is JSON', async () => {
    const app = new App()
    const Point = z.object({ x: z.number(), y: z.number() })
    const body = multipart(
      z.object({
        meta: z.object({ title: z.string(), tags: z.array(z.string()) }),
        points: z.array(Point).optional(),
        grid: z.array(z.array(z.int())).optional(),
        any: z.unknown().optional(),
        file: z.file().optional(),
      }),
    )
    app.post('/', { body }, ({ body: { file, ...rest } }) => ({ ...rest, file: file && about(file) }))
    const { request } = await serve(app)
    const meta = JSON.stringify({ title: 'a', tags: ['b'] })
    const ask = async (init: RequestInit) => (await request('/', init)).json()
    // As text, as a Blob of JSON (which FormData gives a file name), and as curl sends a file.
    for (const sent of [meta, new Blob([meta], { type: 'application/json' }), new File([meta], 'meta.json')])
      expect(await ask(form({ meta: sent }))).toEqual({ meta: { title: 'a', tags: ['b'] } })
    // A list comes as several parts, or whole.
    const points = [
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ]
    expect(await ask(form({ meta, points: points.map((point) => JSON.stringify(point)) }))).toMatchObject({ points })
    expect(await ask(form({ meta, points: JSON.stringify(points) }))).toMatchObject({ points })
    expect(await ask(form({ meta, grid: ['[1,2]', '[3]'] }))).toMatchObject({ grid: [[1, 2], [3]] })
    // Where the schema says nothing, the content type does.
    const part = (as: string, content: string) => ({ as, headers: ['content-type: application/problem+json'], content })
    expect(await ask(posted(written([part('meta', meta), part('any', '[1,{"a":null}]')])))).toMatchObject({
      any: [1, { a: null }],
    })
    // A file that is wanted stays a file.
    expect(await ask(form({ meta, file: new File(['{}'], 'a.json', { type: 'application/json' }) }))).toMatchObject({
      file: { name: 'a.json', type: 'application/json', size: 2 },
    })
    // An array is not the object that is in it.
    expect(await ask(form({ meta: `[${meta}]` }))).toMatchObject({
      errors: [{ in: 'body', path: ['meta'], code: 'invalid_type' }],
    })
  })

  it('may come in pieces of any size', async () => {
    const app = new App()
    app.post('/', { body: multipart(z.object({ a: z.string(), f: z.file(), b: z.string() })) }, async ({ body }) => ({
      a: body.a,
      f: await body.f.text(),
      b: body.b,
    }))
    const { request } = await serve(app)
    const content = 'one\r\n--mill-whee\r\n\r\n--two'
    const whole = written([
      { as: 'a', content: 'ä' },
      { as: 'form-data; name="f"; filename="f"', content },
      { as: 'b', content: '' },
    ])
    for (const size of [1, 2, 7, 64]) {
      let at = 0
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          if (at >= whole.length) return controller.close()
          controller.enqueue(whole.subarray(at, at + size))
          at += size
        },
      })
      expect(await (await request('/', posted(body))).json()).toEqual({ a: 'ä', f: content, b: '' })
    }
  })

  it('takes large parts of which each piece ends within the headers of the next', async () => {
    const app = new App()
    app.post('/', { body: multipart(z.record(z.string(), z.string())) }, ({ body }) =>
      Object.entries(body).map(([name, value]) => [name, value.length]),
    )
    const { request } = await serve(app)
    const names = ['a', 'b', 'c', 'd']
    const whole = written(names.map((as) => ({ as, content: 'x'.repeat(20_000) })))
    const ends = names.slice(1).map((name) => whole.indexOf(`name="${name}"`))
    let at = 0
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (at >= whole.length) return controller.close()
        const end = ends.shift() ?? whole.length
        controller.enqueue(whole.subarray(at, end))
        at = end
      },
    })
    expect(await (await request('/', posted(body))).json()).toEqual(names.map((name) => [name, 20_000]))
  })

  it('keeps what is large on disk until the work after the answer is over', async () => {
    const app = new App()
    const kept = Promise.withResolvers<{ folders: number; last: string }>()
    const body = multipart(z.object({ photo: z.array(z.file()) }), { maxMemoryBytes: 1_000 })
    app.post('/', { body, maxBodyBytes: Infinity }, async ({ body: { photo }, after }) => {
      after(async () => kept.resolve({ folders: temporary(), last: await (photo[1] as File).slice(-1).text() }))
      return photo.map(about)
    })
    const { request, close } = await serve(app)
    const large = new File([`${'x'.repeat(5_000_000)}y`], 'large', { type: 'text/plain' })
    const response = await request('/', form({ photo: [png(900), large, png(200)] }))
    expect(await response.json()).toEqual([
      { name: 'mill.png', type: 'image/png', size: 900 },
      { name: 'large', type: 'text/plain', size: 5_000_001 },
      { name: 'mill.png', type: 'image/png', size: 200 },
    ])
    expect(await kept.promise).toEqual({ folders: 1, last: 'y' })
    await close()
    expect(temporary()).toBe(0)
  })

  it('leaves no temporary files behind a failure', async () => {
    const app = new App()
    const body = multipart(z.object({ photo: z.file(), meta: z.object({}).optional() }), { maxMemoryBytes: 0 })
    app.post('/', { body }, () => {
      throw new RangeError('expected')
    })
    app.onError(RangeError, () => ({ left: temporary() }))
    const { request } = await serve(app)
    expect(await (await request('/', form({ photo: png(5_000) }))).json()).toEqual({ left: 0 })
    expect((await request('/', form({ photo: png(5_000), meta: '{' }))).status).toBe(400)
    expect(temporary()).toBe(0)
  })

  it('lacks every field where it was not sent, and a file that was not chosen', async () => {
    const app = new App()
    app.post('/', { body: multipart(z.object({ photo: z.file(), title: z.string().optional() })) }, () => 'unreached')
    app.post('/optional', { body: multipart(z.object({ photo: z.file().optional() })) }, ({ body }) => body)
    const { request } = await serve(app)
    expect(await (await request('/', { method: 'POST' })).json()).toMatchObject({
      errors: [{ in: 'body', path: ['photo'], code: 'missing' }],
    })
    const unchosen = {
      as: 'form-data; name="photo"; filename=""',
      headers: ['content-type: application/octet-stream'],
      content: '',
    }
    expect(await (await request('/', posted(written([unchosen])))).json()).toMatchObject({
      errors: [{ in: 'body', path: ['photo'], code: 'missing' }],
    })
    expect(await (await request('/optional', posted(written([unchosen])))).json()).toEqual({})
    expect(await (await request('/optional', posted(written([])))).json()).toEqual({})
  })

  it('is a form, too, as long as it has no files', async () => {
    const app = new App()
    app.post('/', { body: formBody(z.object({ a: z.int(), b: z.array(z.string()) })) }, ({ body }) => body)
    const { request } = await serve(app)
    expect(await (await request('/', form({ a: ['0', '1'], b: 'x' }))).json()).toEqual({ a: 1, b: ['x'] })
    expect(await (await request('/', { method: 'POST', body: new URLSearchParams('a=1&b=x') })).json()).toEqual({
      a: 1,
      b: ['x'],
    })
    const response = await request('/', form({ a: '1', b: png(1) }))
    expect(await response.json()).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
      detail: "The part 'b' is a file, and this operation takes none",
    })
  })

  it.each([
    ['valibot', toStandardJsonSchema(v.object({ file: v.pipe(v.file(), v.maxSize(3)), n: v.number() }))],
    ['arktype', type({ file: 'File', n: 'number' })],
  ])('takes files by the schemas of %s', async (_library, schema) => {
    const app = new App()
    app.post('/', { body: multipart(schema) }, ({ body }) => {
      const { file, n } = body as { file: File; n: number }
      return { n, file: about(file) }
    })
    const { request } = await serve(app)
    expect(await (await request('/', form({ n: '2', file: png(3) }))).json()).toEqual({
      n: 2,
      file: { name: 'mill.png', type: 'image/png', size: 3 },
    })
    const refused = await request('/', form({ n: '2', file: 'text' }))
    expect(await refused.json()).toMatchObject({ status: 422, errors: [{ in: 'body', path: ['file'] }] })
  })
})

describe('the schema of a multipart body', () => {
  it('may want nothing that no part can hold', () => {
    const app = new App()
    app.post('/', { body: multipart(z.object({ seen: z.map(z.string(), z.int()) })) }, () => 1)
    expect(() => app.plans).toThrow("'seen' in 'body' of POST / wants a Map, which no part of a body can hold")
    const other = new App()
    other.post('/', { body: z.object({ photo: z.file() }) }, () => 1)
    expect(() => other.plans).toThrow(
      "'body' of POST / wants a File, which JSON does not have: wrap the schema in multipart()",
    )
    const query = new App()
    query.get('/', { query: z.object({ photo: z.file() }) }, () => 1)
    expect(() => query.plans).toThrow("'photo' in 'query' of GET / wants a file, which only a body of multipart() has")
  })

  it('has limits that can be meant', () => {
    expect(() => multipart(z.object({}), { maxFiles: -1 })).toThrow(
      'maxFiles of multipart() has to be a number from 0, or Infinity for no limit, not -1',
    )
    expect(() => multipart(z.object({}), { types: ['png'] })).toThrow(
      "types of multipart() has 'png', which is no media type",
    )
  })
})

it('a process that ends takes the temporary files of its uploads with it', async () => {
  expect(await new Child('uploading.ts').end()).toBe(1)
  expect(temporary()).toBe(0)
})
