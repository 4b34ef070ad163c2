import { App, fail, type Logger } from 'millrace'
import { type SessionsOptions, sessions } from 'millrace/sessions'
import { z } from 'zod'
import type { Served } from './serve.ts'

export const secret = 'a-secret-of-32-bytes-for-testing'
export const shape = z.object({ userId: z.int(), name: z.string(), text: z.string() }).partial()

/** A browser that keeps cookies, and shows what it was told to set. */
export class Browser {
  readonly #served: Served
  #cookie: string | undefined

  constructor(served: Served, cookie?: string) {
    this.#served = served
    this.#cookie = cookie
  }

  get cookie(): string | undefined {
    return this.#cookie
  }

  async ask(path: string, method = 'GET') {
    const headers: Record<string, string> = this.#cookie === undefined ? {} : { cookie: this.#cookie }
    const response = await this.#served.request(path, { method, headers })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) this.#cookie = /Max-Age=0/.test(set) ? undefined : set.split(';')[0]
    const text = await response.text()
    return { status: response.status, set, vary: response.headers.get('vary'), text }
  }
}

/** Signs in and out, and does whatever else a session allows. */
export function appWith(options: Partial<SessionsOptions> = {}, logger?: Logger) {
  const web = sessions({ secret, ...options, schema: shape })
  const app = new App({ use: [web], ...(logger ? { logger } : {}) })
  const deps = { session: web.session }
  app.get('/plain', () => 'plain')
  app.get('/me', { deps }, ({ session }) => ({ ...session.data, isNew: session.isNew }))
  app.post('/sign-in', { deps }, ({ session }) => {
    session.regenerate()
    session.set('userId', 3).set('name', 'Ada')
    return 'welcome'
  })
  app.post('/rename', { deps }, ({ session }) => session.set('name', 'Lovelace').get('name'))
  app.post('/forget-name', { deps }, ({ session }) => [
    session.delete('name'),
    session.delete('name'),
    session.has('name'),
  ])
  app.post('/sign-out', { deps }, ({ session }) => session.clear())
  app.post('/touch', { deps }, ({ session }) => session.touch())
  app.post('/flash', { deps }, ({ session }) => {
    session.flash('Saved')
    session.flash('Too large', 'error')
  })
  app.get('/flashed', { deps }, ({ session }) => session.flashed())
  app.post('/fail', { deps }, ({ session }) => {
    session.set('name', 'failed')
    fail(409, 'Taken')
  })
  app.post('/large', { deps }, ({ session }) => void session.set('text', 'x'.repeat(4000)))
  return { app, web }
}
