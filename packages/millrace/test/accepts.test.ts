import { Answer, App, accepts } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

describeTransports('accepts()', (serve) => {
  const served = () => {
    const app = new App()
    app.get('/', { response: z.object({ a: z.int() }) }, (context) => {
      const type = accepts(context, ['application/json', 'text/csv', 'text/plain'])
      return type === 'application/json' ? { a: 1 } : new Answer(200, ['content-type', type], 'a')
    })
    return serve(app)
  }

  it.each([
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['TEXT/CSV', 'text/csv'],
    ['text/*', 'text/csv'],
    ['text/*, text/csv;q=0.1', 'text/plain'],
    ['application/json;q=0.5, text/plain', 'text/plain'],
    ['application/json;q=0, */*;q=0.1', 'text/csv'],
    ['text/html, */*;q=0.8', 'application/json'],
  ])('%s is answered with %s', async (accept, type) => {
    const { request } = await served()
    const { status, headers } = await request('/', { headers: { accept } })
    expect([status, headers.get('content-type'), headers.get('vary')]).toEqual([200, type, 'Accept'])
  })

  it('adds to what the answer depends on besides', async () => {
    const app = new App()
    app.get('/', (context) => {
      accepts(context, ['text/plain'])
      return new Response('a', { headers: { vary: 'Cookie, accept' } })
    })
    const { request } = await serve(app)
    expect((await request('/')).headers.get('vary')).toBe('Accept, Cookie')
  })

  it.each(['image/png', 'text/html;q=1, text/csv;q=0', 'application/*;q=0', 'nonsense'])(
    '%s is refused',
    async (accept) => {
      const { request } = await served()
      const response = await request('/', { headers: { accept } })
      expect([response.status, response.headers.get('vary'), await response.json()]).toEqual([
        406,
        'Accept',
        {
          type: 'about:blank',
          title: 'Not Acceptable',
          status: 406,
          detail: "The header 'accept' asks for none of application/json, text/csv, text/plain",
          code: 'not_acceptable',
        },
      ])
    },
  )
})
