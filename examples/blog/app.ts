import { App, csrf, HttpError, InputError, redirect, staticFiles } from 'millrace'
import { auth, showLogin } from './auth/routes.ts'
import { config } from './config.ts'
import { clear, database } from './database.ts'
import { posts } from './posts/routes.ts'
import { web } from './session.ts'
import { views } from './views.ts'

export const app = new App({ title: 'Blog', docs: false, deps: { config }, use: [csrf(), web] })

app.mount('/static', staticFiles({ directory: new URL('./public/', import.meta.url) }))
app.include(auth)
app.include(posts)

app.onError(401, (_error, { urlFor }) => redirect(urlFor(showLogin), 303))

// What people see in a browser is a page. An address that cannot be read is none.
app.onError(HttpError, async (error, context) => {
  const status = error instanceof InputError ? 404 : error.status
  const detail = error instanceof InputError ? 'There is no such page' : error.detail
  const text = await views.render(context, 'error.html', { status, detail })
  return new Response(text, { status, headers: { 'content-type': 'text/html; charset=utf-8' } })
})

export const initDb = app.command(
  'init-db',
  { description: 'Throws away all users and posts, and makes the tables anew', deps: { database } },
  ({ database, print }) => {
    clear(database)
    print('Initialized the database.')
  },
)
