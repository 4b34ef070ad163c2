import { App } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

describeTransports('cookies', (serve) => {
  it('are decoded, coerced and checked', async () => {
    const app = new App()
    app.get('/', { cookies: z.object({ sid: z.string(), visits: z.int().default(0) }) }, ({ cookies }) => cookies)
    const { request } = await serve(app)
    const read = async (cookie: string) => (await request('/', { headers: { cookie } })).json()
    expect(await read('sid=a%20b; visits=3; other=1')).toEqual({ sid: 'a b', visits: 3 })
    // Quotes are part of the value (RFC 6265, section 5.2).
    expect(await read('sid="quoted"')).toEqual({ sid: '"quoted"', visits: 0 })
    expect(await read('visits=x')).toMatchObject({
      status: 422,
      errors: [
        { in: 'cookies', path: ['sid'], code: 'missing', message: 'Required' },
        { in: 'cookies', path: ['visits'], code: 'invalid_type' },
      ],
    })
  })

  it('are set and deleted with safe defaults', async () => {
    const app = new App()
    app.get('/', ({ response }) => {
      response.setCookie('sid', 'a b', { maxAge: 60, secure: true })
      response.setCookie('theme', 'dark', { httpOnly: false, sameSite: 'strict', path: '/app' })
      response.deleteCookie('old')
      return 'set'
    })
    const { request } = await serve(app)
    expect((await request('/')).headers.getSetCookie()).toEqual([
      'sid=a%20b; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax',
      'theme=dark; Path=/app; SameSite=Strict',
      'old=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
    ])
  })
})
