import { readFile } from 'node:fs/promises'
import { bytes, html, type Middleware, Router } from 'millrace'

/** Nothing from elsewhere, and no script but our own file. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"

const secureHeaders: Middleware = async (_context, next) => {
  const answer = await next()
  answer.headers.set('content-security-policy', contentSecurityPolicy)
  answer.headers.set('x-content-type-options', 'nosniff')
  answer.headers.set('cache-control', 'no-cache')
  return answer
}

const read = (name: string) => readFile(new URL(`./public/${name}`, import.meta.url))

/** The page for a browser: its files, read when they are asked for. */
export const page = new Router({ use: [secureHeaders] })

page.get('/', { hidden: true, response: html() }, async () => (await read('index.html')).toString())
page.get('/page.css', { hidden: true, response: bytes('text/css; charset=utf-8') }, () => read('page.css'))
page.get('/page.js', { hidden: true, response: bytes('text/javascript; charset=utf-8') }, () => read('page.js'))
page.get('/icon.svg', { hidden: true, response: bytes('image/svg+xml') }, () => read('icon.svg'))
