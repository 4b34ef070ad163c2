import { App, type CookieOptions } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

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

  it('are secure where browsers would drop them otherwise, also when they are deleted', async () => {
    const app = new App()
    app.get('/', ({ response }) => {
      response.setCookie('__Host-sid', 'a')
      response.deleteCookie('__Host-sid')
      response.setCookie('__secure-sid', 'a', { path: '/app', domain: 'mill.example' })
      response.setCookie('frame', 'a', { sameSite: 'none' })
      response.setCookie('own', 'a', { partitioned: true })
      return 'set'
    })
    const { request } = await serve(app)
    expect((await request('/')).headers.getSetCookie()).toEqual([
      '__Host-sid=a; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__Host-sid=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
      '__secure-sid=a; Domain=mill.example; Path=/app; HttpOnly; Secure; SameSite=Lax',
      'frame=a; Path=/; HttpOnly; Secure; SameSite=None',
      'own=a; Path=/; HttpOnly; Secure; Partitioned; SameSite=Lax',
    ])
  })

  it.each<[string, CookieOptions, string]>([
    ['__Host-a', { path: '/app' }, "The cookie '__Host-a' has to be of the path / and without a domain"],
    ['__host-a', { domain: 'mill.example' }, "The cookie '__host-a' has to be of the path / and without a domain"],
    ['__Secure-a', { secure: false }, "The cookie '__Secure-a' has to be secure, by its name or its options"],
    ['a', { sameSite: 'none', secure: false }, "The cookie 'a' has to be secure, by its name or its options"],
  ])('that browsers drop are refused: %s %j', async (name, options, message) => {
    const { logger, takeErrors } = recorder()
    const app = new App({ logger })
    app.get('/', ({ response }) => void response.setCookie(name, 'a', options))
    expect((await (await serve(app)).request('/')).status).toBe(500)
    expect(takeErrors()).toEqual([
      { message: 'An error was not handled', error: `${message}: browsers drop any other` },
    ])
  })
})
