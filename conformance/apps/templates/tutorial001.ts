import { join } from 'node:path'
import { App, html, staticFiles } from 'millrace'
import { nunjucks, templates } from 'millrace/templates'

export const app = new App({ compat: 'fastapi' })

app.mount('/static', staticFiles({ directory: join(import.meta.dirname, 'static') }))

const views = templates({
  engine: nunjucks(),
  directory: join(import.meta.dirname, 'templates'),
  // Static files are no operation that `urlFor` could know.
  globals: ({ scheme, host, basePath }) => ({ readItem, staticUrl: `${scheme}://${host}${basePath}/static` }),
})

export const readItem = app.get(
  '/items/:id',
  { deps: { render: views }, response: html() },
  function readItem({ params, render }) {
    return render('item.html', { id: params.id })
  },
)
