import { App, form } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

describeTransports('a form body', (serve) => {
  const echo = (schema: z.ZodType) => {
    const app = new App()
    app.post('/', { body: form(schema) }, ({ body }) => ({ body }))
    return serve(app)
  }
  const send = (body: string, type = 'application/x-www-form-urlencoded'): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })

  it('may have so many fields, and no more', async () => {
    const app = new App({ maxBodyValues: 3 })
    app.post('/', { body: form(z.object({ a: z.array(z.number()) })) }, ({ body }) => body.a)
    const { request } = await serve(app)
    expect(await (await request('/', send('a=1&a=2&a=3'))).json()).toEqual([1, 2, 3])
    const response = await request('/', send('a=1&a=2&a=3&a=4'))
    expect([response.status, await response.json()]).toMatchObject([
      413,
      { code: 'too_many_values', detail: 'The body has more than 3 values' },
    ])
  })

  it('is coerced and checked', async () => {
    const { request } = await echo(
      z.object({
        name: z.string(),
        age: z.int(),
        news: z.boolean().default(false),
        tag: z.array(z.string()).optional(),
      }),
    )
    const read = async (body: string) => (await request('/', send(body))).json()
    expect(await read('name=A+B%21&age=3&news=true&tag=a&tag=b')).toEqual({
      body: { name: 'A B!', age: 3, news: true, tag: ['a', 'b'] },
    })
    expect(await read('name=x&age=old')).toMatchObject({
      status: 422,
      errors: [{ in: 'body', path: ['age'], code: 'invalid_type' }],
    })
    expect(await read('')).toMatchObject({
      errors: [
        { in: 'body', path: ['name'], code: 'missing' },
        { in: 'body', path: ['age'], code: 'missing' },
      ],
    })
  })

  it('that was not sent lacks every field', async () => {
    const { request } = await echo(z.object({ name: z.string() }))
    expect(await (await request('/', { method: 'POST' })).json()).toMatchObject({
      errors: [{ in: 'body', path: ['name'], code: 'missing' }],
    })
  })

  it('400 where it is broken or unsafe, 415 for another type', async () => {
    const { request } = await echo(z.looseObject({}))
    const ask = async (init: RequestInit) => {
      const response = await request('/', init)
      return [response.status, ((await response.json()) as { code: string }).code]
    }
    expect(await ask(send('a=%ZZ'))).toEqual([400, 'malformed_body'])
    expect(await ask(send('__proto__=1'))).toEqual([400, 'unsafe_key'])
    expect(await ask(send('a=1', 'text/plain'))).toEqual([415, 'unsupported_media_type'])
    const refused = await request('/', send('{}', 'application/json'))
    expect(refused.headers.get('accept')).toBe('application/x-www-form-urlencoded, multipart/form-data')
  })
})
