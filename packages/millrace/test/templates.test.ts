import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, HttpError, html, Router } from 'millrace'
import { eta, nunjucks, type TemplateEngine, templates } from 'millrace/templates'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeTransports } from './support/serve.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-templates-'))

beforeAll(() => {
  mkdirSync(join(directory, 'parts'))
  const files = {
    'item.eta':
      '<% layout("/parts/layout") %><h1><%= it.name %></h1><a href="<%= it.urlFor(it.item, { id: 2 }) %>"><%= it.site %></a>',
    'parts/layout.eta': '<body><%~ it.body %></body>',
    'broken.eta': '<%= it.none.such %>',
    'item.njk':
      '{% extends "parts/layout.njk" %}{% block body %}<h1>{{ name }}</h1><a href="{{ urlFor(item, { id: 2 }) }}">{{ site }}</a>{% endblock %}',
    'parts/layout.njk': '<body>{% block body %}{% endblock %}</body>',
    'broken.njk': '{{ none.such() }}',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const engines: [string, TemplateEngine, string][] = [
  ['eta', eta(), ''],
  ['nunjucks', nunjucks(), '.njk'],
]

it('do not let an app start whose engine cannot be opened', async () => {
  const engine: TemplateEngine = () => Promise.reject(new Error("The package 'eta' is not installed"))
  const app = new App({ logger: false })
  app.get('/', { deps: { render: templates({ engine, directory }) }, response: html() }, ({ render }) => render('item'))
  await expect(app.start()).rejects.toThrow("The package 'eta' is not installed")
})

describe.each(engines)('templates of %s', (_name, engine, ending) => {
  describeTransports('rendered by an operation', (serve) => {
    it('escape values, and have urlFor and what is global', async () => {
      const views = templates({ engine, directory, globals: ({ id }) => ({ site: `Shop & ${typeof id}`, item }) })
      const router = new Router({ prefix: '/items' })
      const item = router.get('/:id', { deps: { render: views }, response: html() }, ({ render }) =>
        render(`item${ending}`, { name: '<script>&"' }),
      )
      const app = new App()
      app.include(router, { prefix: '/v1' })
      app.onError(HttpError, async (error, context) => {
        const page = await views.render(context, `item${ending}`, { name: error.status })
        return new Response(page, { status: error.status, headers: { 'content-type': 'text/html; charset=utf-8' } })
      })
      const { request } = await serve(app)
      const response = await request('/v1/items/1')
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(await response.text()).toBe(
        '<body><h1>&lt;script&gt;&amp;&quot;</h1><a href="/v1/items/2">Shop &amp; string</a></body>',
      )
      const missing = await request('/none')
      expect([missing.status, await missing.text()]).toEqual([
        404,
        '<body><h1>404</h1><a href="/v1/items/2">Shop &amp; string</a></body>',
      ])
    })
  })

  it('say what is wrong, and stay in their folder', async () => {
    const views = templates({ engine, directory })
    const context = { urlFor: () => '' } as never
    await expect(views.render(context, `broken${ending}`)).rejects.toThrow()
    await expect(views.render(context, `none${ending}`)).rejects.toThrow(/none/)
    for (const name of ['../secret', '/etc/passwd', 'a/../../b', 'C:\\x', '..\\x', '', 'a\0'])
      await expect(views.render(context, name)).rejects.toThrow('is not the name of a template')
  })
})

describe('an adapter', () => {
  it('is a function; templates can be replaced in tests', async () => {
    const shout: TemplateEngine = ({ directory: where, cache }) => ({
      render: (name, { urlFor: _, ...values }) =>
        `${name} ${JSON.stringify(values)} ${where === directory} ${cache}`.toUpperCase(),
    })
    const views = templates({ engine: shout, directory, cache: false })
    const app = new App()
    app.get('/', { deps: { render: views }, response: html() }, ({ render }) => render('page', { a: 1 }))
    expect(await (await app.request('/')).text()).toBe('PAGE {"A":1} TRUE FALSE')
    const test = app.with({ overrides: [[views, () => async (name) => `fake ${name}`]] })
    expect(await (await test.request('/')).text()).toBe('fake page')
    await Promise.all([app.stop(), test.stop()])
  })
})
