import { existsSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { App, fail, form, multipart, redirect, sse } from 'millrace'
import { oauth2, passwordForm } from 'millrace/security'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { serveHttp } from './support/serve.ts'

const executablePath = [
  process.env['CHROMIUM_PATH'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== '' && existsSync(path))

if (!executablePath) console.warn('No Chromium found: the docs pages are not tried in a browser. Set CHROMIUM_PATH.')

function makeApp(openapiVersion: '3.1' | '3.2' = '3.1'): App {
  const Review = z.object({ text: z.string().min(1), stars: z.int().default(3) }).meta({ id: 'Review' })
  const app = new App({ title: 'Reviews', openapiVersion })
  app.post(
    '/shops/:shop/reviews',
    {
      body: Review,
      response: Review.extend({ shop: z.string() }),
      operationId: 'addReview',
      examples: { good: { text: 'Good' } },
      tags: ['reviews'],
    },
    ({ body, params }) => ({ ...body, shop: params.shop }),
  )
  app.get(
    '/ask',
    { response: sse({ token: z.string(), done: Review }), operationId: 'ask', tags: ['streams'] },
    async function* () {
      yield { event: 'token', data: 'a' }
    },
  )
  return app
}

/** An app that gives tokens, by both flows that Swagger UI has a dialog for, and asks for one. */
function makeGuarded(): App {
  const flows = {
    password: { tokenUrl: 'token', scopes: { me: 'Read who you are' } },
    authorizationCode: { authorizationUrl: '/authorize', tokenUrl: '/code' },
  }
  const token = oauth2({ flows })
  const app = new App({
    docs: { swagger: { options: { docExpansion: 'full' }, initOAuth: { clientId: 'docs', scopes: ['me'] } } },
  })
  app.post('/token', { body: passwordForm(), tags: ['tokens'] }, ({ body }) =>
    body.username === 'ada' && body.password === 'lovelace'
      ? { access_token: `${body.username}:${body.scopes}`, token_type: 'bearer' }
      : fail(400, 'Wrong name or password'),
  )
  app.get(
    '/authorize',
    { query: z.object({ redirect_uri: z.url(), state: z.string(), client_id: z.string() }), hidden: true },
    ({ query }) =>
      redirect(`${query.redirect_uri}?code=c0de-${query.client_id}&state=${encodeURIComponent(query.state)}`),
  )
  app.post('/code', { body: form(z.object({ code: z.string() })), hidden: true }, ({ body }) => ({
    access_token: `code:${body.code}`,
    token_type: 'bearer',
  }))
  app.get('/me', { deps: { token }, operationId: 'me', tags: ['me'] }, ({ token }) => ({ token }))
  return app
}

describe.skipIf(!executablePath)('in a browser', { timeout: 60_000 }, () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({
      ...(executablePath ? { executablePath } : {}),
      args: ['--no-sandbox', '--disable-gpu'],
    })
  })
  afterAll(() => browser?.close())

  /** Opens a page, and fails afterwards on whatever it has complained of: CSP, missing files, errors. */
  async function visit(
    url: string,
    look: (page: Page) => Promise<void>,
    expected: readonly string[] = [],
  ): Promise<void> {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
    const complaints: string[] = []
    const hosts = new Set<string>()
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('request', (request) => {
      if (/^https?:/.test(request.url())) hosts.add(new URL(request.url()).host)
    })
    try {
      await page.goto(url)
      await look(page)
    } finally {
      await page.close()
    }
    expect([...new Set(complaints)]).toEqual(expected)
    expect([...hosts]).toEqual([new URL(url).host])
  }

  async function tryReview(page: Page): Promise<{ url: string | null; body: unknown }> {
    const operation = page.locator('#operations-reviews-addReview')
    await operation.locator('.opblock-summary-control').click()
    await operation.getByRole('button', { name: 'Try it out' }).click()
    await operation.getByPlaceholder('shop').fill('corner')
    await operation.getByRole('button', { name: 'Execute' }).click()
    const answer = operation.locator('.live-responses-table .response')
    expect(await answer.locator('.response-col_status').textContent()).toBe('200')
    const body = (await answer.locator('.highlight-code code').first().textContent()) ?? ''
    return { url: await operation.locator('.request-url pre').textContent(), body: JSON.parse(body) }
  }

  it('Swagger UI runs an operation and shows its answer', async () => {
    const { url } = await serveHttp(makeApp())
    await visit(`${url}/docs`, async (page) => {
      expect(await tryReview(page)).toEqual({
        url: `${url}/shops/corner/reviews`,
        body: { text: 'Good', stars: 3, shop: 'corner' },
      })
    })
  })

  it('Swagger UI calls the app where a proxy has put it', async () => {
    const { port } = await serveHttp(makeApp())
    const proxy = createServer((incoming, outgoing) => {
      const path = incoming.url?.replace(/^\/prefix/, '') ?? '/'
      const { method, headers } = incoming
      incoming.pipe(
        httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(outgoing)
        }),
      )
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/prefix`
    try {
      await visit(`${url}/docs`, async (page) => {
        expect(await tryReview(page)).toEqual({
          url: `${url}/shops/corner/reviews`,
          body: { text: 'Good', stars: 3, shop: 'corner' },
        })
      })
    } finally {
      proxy.closeAllConnections()
      proxy.close()
    }
  })

  it.each(['3.1', '3.2'] as const)('Swagger UI shows the events of a stream in OpenAPI %s', async (version) => {
    const { url } = await serveHttp(makeApp(version))
    await visit(`${url}/docs#/streams/ask`, async (page) => {
      const response = page.locator('#operations-streams-ask .responses-inner .response').first()
      await response.getByRole('tab', { name: 'Schema' }).click()
      await response.getByRole('button', { name: 'Expand all' }).first().click()
      const events = async () => (await response.textContent())?.match(/"[\w:]+"/g)
      await expect.poll(events).toEqual(['"token"', '"done"', '"error"', '"about:blank"'])
      expect(await response.getByLabel('Media Type').inputValue()).toBe('text/event-stream')
    })
  })

  it.each(['3.1', '3.2'] as const)('Swagger UI uploads files beside JSON in OpenAPI %s', async (openapiVersion) => {
    const app = new App({ openapiVersion })
    const body = multipart(
      z.object({
        photo: z.file().mime('image/png'),
        others: z.array(z.file()),
        meta: z.object({ title: z.string() }).meta({ examples: [{ title: 'The mill' }] }),
        stars: z.int(),
      }),
    )
    app.post(
      '/photos',
      { body, operationId: 'addPhoto', tags: ['photos'] },
      async ({ body: { photo, others, ...rest } }) => ({
        ...rest,
        photo: [photo.name, photo.type, await photo.text()],
        others: others.map(({ name }) => name),
      }),
    )
    const { url } = await serveHttp(app)
    const look = async (page: Page) => {
      const operation = page.locator('#operations-photos-addPhoto')
      await operation.locator('.opblock-summary-control').click()
      await operation.getByRole('button', { name: 'Try it out' }).click()
      const file = (name: string, mimeType: string) => ({ name, mimeType, buffer: Buffer.from('bytes') })
      await operation.locator('tr[data-property-name=photo] input[type=file]').setInputFiles(file('a.png', 'image/png'))
      const others = operation.locator('tr[data-property-name=others]')
      await others.locator('input[type=file]').setInputFiles(file('b.txt', 'text/plain'))
      await operation.locator('tr[data-property-name=meta] textarea').fill('{"title": "The mill"}')
      await operation.locator('tr[data-property-name=stars] input').fill('5')
      await operation.getByRole('button', { name: 'Execute' }).click()
      const answer = operation.locator('.live-responses-table .response')
      expect(JSON.parse((await answer.locator('.highlight-code code').first().textContent()) ?? '')).toEqual({
        meta: { title: 'The mill' },
        stars: 5,
        photo: ['a.png', 'image/png', 'bytes'],
        others: ['b.txt'],
      })
    }
    // It looks for a component of its own for every format, and takes the one for files where there is none.
    await visit(`${url}/docs`, look, ['Could not find component: JsonSchema_string_binary'])
  })

  async function askWho(page: Page): Promise<unknown> {
    const operation = page.locator('#operations-me-me')
    await operation.getByRole('button', { name: 'Try it out' }).click()
    await operation.getByRole('button', { name: 'Execute' }).click()
    const answer = operation.locator('.live-responses-table .response')
    return JSON.parse((await answer.locator('.highlight-code code').first().textContent()) ?? '')
  }

  it('Swagger UI gets a token for a name and a password, and sends it along', async () => {
    const { url } = await serveHttp(makeGuarded())
    await visit(`${url}/docs`, async (page) => {
      await page.getByRole('button', { name: 'Authorize' }).first().click()
      const flow = page.locator('.auth-container').filter({ hasText: 'Flow: password' })
      await flow.getByLabel('username:').fill('ada')
      await flow.getByLabel('password:').fill('lovelace')
      await flow.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click()
      await flow.getByRole('button', { name: 'Remove authorization' }).waitFor()
      await page.getByRole('button', { name: 'Close' }).last().click()
      expect(await askWho(page)).toEqual({ token: 'ada:me' })
    })
  })

  it('Swagger UI gets a token by a code, through the page that it is sent back to', async () => {
    const { url } = await serveHttp(makeGuarded())
    await visit(`${url}/docs`, async (page) => {
      await page.getByRole('button', { name: 'Authorize' }).first().click()
      const flow = page.locator('.auth-container').filter({ hasText: 'Flow: authorizationCode' })
      expect(await flow.getByLabel('client_id:').inputValue()).toBe('docs')
      await flow.getByRole('button', { name: 'Apply given OAuth2 credentials' }).click()
      await flow.getByRole('button', { name: 'Remove authorization' }).waitFor()
      await page.getByRole('button', { name: 'Close' }).last().click()
      expect(await askWho(page)).toEqual({ token: 'code:c0de-docs' })
    })
  })

  it.each(['3.1', '3.2'] as const)('ReDoc shows an operation in OpenAPI %s', async (version) => {
    const { url } = await serveHttp(makeApp(version))
    await visit(`${url}/redoc`, async (page) => {
      const operation = page.locator('[id="operation/addReview"]')
      await operation.getByRole('heading', { name: 'Add review' }).waitFor()
      const text = (await operation.textContent()) ?? ''
      expect([
        text.includes('application/json'),
        text.includes('stars'),
        text.includes('/shops/{shop}/reviews'),
      ]).toEqual([true, true, true])
    })
  })
})
