import { request as httpRequest } from 'node:http'
import { App, type DocsOptions, type OpenApiOptions } from 'millrace'
import { oauth2 } from 'millrace/security'
import { describe, expect, it } from 'vitest'
import { describeTransports, serveHttp } from './support/serve.ts'

const policy =
  "default-src 'self'; base-uri 'none'; frame-ancestors 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self' blob:"

function appWith(options: OpenApiOptions & { docs?: DocsOptions | false } = {}): App {
  const app = new App(options)
  app.get('/items', () => 1)
  return app
}

/** The links of a page, as a browser resolves them. */
function linksOf(html: string, page: string): string[] {
  return [...html.matchAll(/(?:src|href|data-openapi)="([^"]+)"/g)]
    .map(([, link]) => new URL(link as string, `http://host${page}`))
    .filter((url) => url.protocol === 'http:')
    .map((url) => url.pathname)
}

describeTransports('the docs pages', (serve) => {
  it('serve the document that the app gives', async () => {
    const app = appWith()
    const { request } = await serve(app)
    const response = await request('/openapi.json')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(app.openapi())))
    expect(Object.keys(app.openapi().paths)).toEqual(['/items'])
  })

  it('are what they are where a text without a kind is JSON', async () => {
    const app = new App({ compat: 'fastapi' })
    app.get('/items', () => 1)
    const { request } = await serve(app)
    const document = await request('/openapi.json')
    expect(document.headers.get('content-type')).toBe('application/json')
    expect(await document.json()).toEqual(JSON.parse(JSON.stringify(app.openapi())))
    const page = await request('/docs')
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect((await page.text()).slice(0, 15)).toBe('<!doctype html>')
  })

  it('make the document once, and again when an operation has been added', async () => {
    let made = 0
    const app = new App()
    app.get(
      '/a',
      {
        openapi: {
          get 'x-made'() {
            return ++made
          },
        },
      },
      () => 1,
    )
    const { request } = await serve(app)
    const pathsOf = async () =>
      Object.keys(((await (await request('/openapi.json')).json()) as { paths: object }).paths)
    for (const page of ['/docs', '/redoc', '/docs']) await (await request(page)).text()
    expect([await pathsOf(), await pathsOf(), made]).toEqual([['/a'], ['/a'], 1])
    // Where it stands is said by who asks; nothing else of it depends on that.
    const { request: below } = await serve(new App().mount('/:tenant', app))
    for (let index = 0; index < 20; index++) {
      const { servers } = (await (await below(`/t${index}/openapi.json`)).json()) as { servers: unknown }
      expect(servers).toEqual([{ url: `/t${index}` }])
      await (await below(`/t${index}/docs`)).text()
    }
    expect(made).toBe(1)
    app.get('/b', () => 1)
    expect([await pathsOf(), await pathsOf(), made]).toEqual([['/a', '/b'], ['/a', '/b'], 2])
  })

  it.each([
    [
      '/docs',
      [
        '/docs/favicon-32x32.png',
        '/docs/swagger-ui.css',
        '/docs/swagger-ui-bundle.js',
        '/docs/document.js',
        '/docs/swagger-initializer.js',
      ],
    ],
    ['/redoc', ['/redoc/redoc.standalone.js', '/redoc/document.js', '/redoc/redoc-initializer.js']],
  ])('serve %s with nothing but files of the package', async (page, files) => {
    const { request } = await serve(appWith({ title: '<Reviews> & "more"' }))
    const response = await request(page)
    expect([
      response.status,
      response.headers.get('content-type'),
      response.headers.get('content-security-policy'),
      response.headers.get('cache-control'),
    ]).toEqual([200, 'text/html; charset=utf-8', policy, 'no-cache'])
    const html = await response.text()
    expect(html).toContain('<title>&lt;Reviews&gt; &amp; &quot;more&quot;</title>')
    // No inline script: every one has a source and no content; no handler in an attribute.
    expect(html.match(/<script(?! defer src="[^"]+"><\/script>)|\son\w+=/g)).toBeNull()
    expect(linksOf(html, page)).toEqual([...files, '/openapi.json', '/openapi.json'])
    for (const file of files) {
      const { status, headers } = await request(file)
      expect([file, status, headers.get('content-type'), headers.get('x-content-type-options')]).toEqual([
        file,
        200,
        file.endsWith('.css')
          ? 'text/css; charset=utf-8'
          : file.endsWith('.png')
            ? 'image/png'
            : 'text/javascript; charset=utf-8',
        'nosniff',
      ])
    }
  })

  it.each(['/openapi.json', '/docs', '/redoc/redoc-initializer.js', '/docs/swagger-ui.css'])(
    'answer 304 for %s when it has not changed',
    async (path) => {
      const { request } = await serve(appWith())
      const etag = (await request(path)).headers.get('etag') as string
      expect(etag).toMatch(/^"[\w-]{22}"$/)
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const response = await request(path, { headers: { 'if-none-match': known } })
        expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([304, etag, ''])
      }
      const other = await request(path, { headers: { 'if-none-match': '"other"' } })
      expect(other.status).toBe(200)
      await other.arrayBuffer()
    },
  )

  it('answer HEAD without a body', async () => {
    const { request } = await serve(appWith())
    const response = await request('/docs/swagger-ui.css', { method: 'HEAD' })
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'text/css; charset=utf-8',
      '',
    ])
  })

  it('stand where they are told to', async () => {
    const { request } = await serve(
      appWith({ docs: { openapi: '/api/schema.json', swagger: '/', redoc: '/api/docs/read/' } }),
    )
    const swagger = linksOf(await (await request('/')).text(), '/')
    expect(swagger).toContain('/swagger-ui-bundle.js')
    expect(swagger).toContain('/api/schema.json')
    const redoc = linksOf(await (await request('/api/docs/read/')).text(), '/api/docs/read/')
    expect(redoc).toContain('/api/docs/read/redoc.standalone.js')
    expect(redoc).toContain('/api/schema.json')
    for (const path of new Set([...swagger, ...redoc])) {
      const response = await request(path)
      await response.arrayBuffer()
      expect([path, response.status]).toEqual([path, 200])
    }
    for (const path of ['/openapi.json', '/docs', '/redoc']) expect((await request(path)).status).toBe(404)
  })

  it.each([
    [false, [404, 404, 404]],
    [{ openapi: false }, [404, 404, 404]],
    [{ swagger: false }, [200, 404, 200]],
    [{ redoc: false }, [200, 200, 404]],
  ] as const)('are left out by %j', async (docs, expected) => {
    const { request } = await serve(appWith({ docs }))
    const responses = await Promise.all(['/openapi.json', '/docs', '/redoc'].map((path) => request(path)))
    expect(responses.map(({ status }) => status)).toEqual(expected)
  })

  it('may be tried on declared servers', async () => {
    const servers = [{ url: 'https://api.example.com/v1' }, { url: '/local' }, { url: 'https://{region}.example.com' }]
    const { request } = await serve(appWith({ servers }))
    expect((await request('/docs')).headers.get('content-security-policy')).toBe(
      `${policy}; connect-src 'self' https://api.example.com`,
    )
  })
})

describeTransports('the options of the docs pages', (serve) => {
  /** What the page tells its viewer. */
  const toldBy = async (app: App, path: string) => {
    const { request } = await serve(app)
    const html = await (await request(path)).text()
    const told = /data-options="([^"]*)"/.exec(html)?.[1] ?? ''
    const plain = told
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
    return { html, told: JSON.parse(plain) }
  }

  it('travel in the page of Swagger UI', async () => {
    const swagger = {
      path: '/try',
      options: { persistAuthorization: true, defaultModelsExpandDepth: -1 },
      initOAuth: { clientId: '<docs> & "more"', usePkceWithAuthorizationCodeGrant: true },
    }
    const { html, told } = await toldBy(appWith({ docs: { swagger, icon: '/favicon.ico' } }), '/try')
    expect(told).toEqual({ options: swagger.options, initOAuth: swagger.initOAuth })
    expect(html).toContain('<link rel="icon" href="/favicon.ico">')
  })

  it('travel in the page of ReDoc', async () => {
    const { told } = await toldBy(appWith({ docs: { redoc: { options: { hideDownloadButton: true } } } }), '/redoc')
    expect(told).toEqual({ options: { hideDownloadButton: true } })
  })

  it('open the policy for where tokens and icons come from', async () => {
    const flow = { tokenUrl: 'https://id.example.com/token', refreshUrl: 'https://again.example.com/token', scopes: {} }
    const app = appWith({ docs: { icon: 'https://cdn.example.com/icon.png' } })
    const token = oauth2({ flows: { password: { tokenUrl: 'token' }, clientCredentials: flow } })
    app.get('/me', { deps: { token }, servers: [{ url: 'https://me.example.com/v1' }] }, () => 1)
    const { request } = await serve(app)
    for (const page of ['/docs', '/redoc'])
      expect((await request(page)).headers.get('content-security-policy')).toBe(
        "default-src 'self'; base-uri 'none'; frame-ancestors 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
          "img-src 'self' data: https://cdn.example.com; worker-src 'self' blob:; " +
          "connect-src 'self' https://me.example.com https://id.example.com https://again.example.com",
      )
  })

  it('are sent as they are where texts are answered as JSON', async () => {
    const { request } = await serve(new App({ compat: 'fastapi' }))
    for (const [path, start] of [
      ['/docs', '<!doctype html>'],
      ['/redoc', '<!doctype html>'],
      ['/openapi.json', '{"openapi":"3.1'],
      ['/docs/oauth2-redirect', '<!doctype html>'],
    ] as const)
      expect((await (await request(path)).text()).slice(0, start.length)).toBe(start)
  })

  it('have a page that authorization servers send back to', async () => {
    const { request } = await serve(appWith())
    const response = await request('/docs/oauth2-redirect?code=a')
    expect([response.status, response.headers.get('content-security-policy')]).toEqual([
      200,
      "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'",
    ])
    const html = await response.text()
    expect(html.match(/<script(?! defer src="[^"]+"><\/script>)|\son\w+=/g)).toBeNull()
    const script = await request('/docs/oauth2-redirect.js')
    expect([script.status, (await script.text()).includes('swaggerUIRedirectOauth2')]).toEqual([200, true])
  })
})

describe('the files of the docs pages', () => {
  it('are refused an option that cannot travel', () => {
    const app = new App({ docs: { swagger: { options: { onComplete: () => undefined } } } })
    expect(() => app.plans).toThrow(
      'docs.swagger.options.onComplete is a function, which cannot travel to the page: take plain JSON',
    )
  })

  it('are a fixed list: no path leads out of it', async () => {
    const { port } = await serveHttp(appWith())
    for (const path of [
      '/docs/../../package.json',
      '/docs/..%2f..%2fpackage.json',
      '/docs/%2e%2e/%2e%2e/package.json',
      '/docs/LICENSE',
      '/docs//etc/passwd',
      '/redoc/swagger-ui.css',
    ])
      expect([path, await rawStatus(port, path)]).toEqual([path, 404])
  })
})

/** The status for a target that is sent as it is: `fetch` would resolve the dots. */
function rawStatus(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}
