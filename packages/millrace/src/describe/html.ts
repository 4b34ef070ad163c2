import type { JsonObject } from './objects.ts'

/** A page that shows the document with a program of its own. */
export interface Viewer {
  /** Of the element that it fills. */
  readonly id: string
  /** Its files by the names under which they are served, each with its path in `assets/`. */
  readonly files: Readonly<Record<string, string>>
  /** Of those files, the ones that the page loads. */
  readonly styles: readonly string[]
  readonly scripts: readonly string[]
  readonly icon: string | undefined
}

export const swaggerUi: Viewer = {
  id: 'swagger-ui',
  files: {
    'swagger-ui.css': 'swagger-ui-dist/swagger-ui.css',
    'swagger-ui-bundle.js': 'swagger-ui-dist/swagger-ui-bundle.js',
    'document.js': 'document.js',
    'swagger-initializer.js': 'swagger-initializer.js',
    'favicon-32x32.png': 'swagger-ui-dist/favicon-32x32.png',
    'oauth2-redirect.js': 'swagger-ui-dist/oauth2-redirect.js',
  },
  styles: ['swagger-ui.css'],
  scripts: ['swagger-ui-bundle.js', 'document.js', 'swagger-initializer.js'],
  icon: 'favicon-32x32.png',
}

export const redoc: Viewer = {
  id: 'redoc',
  files: {
    'redoc.standalone.js': 'redoc/redoc.standalone.js',
    'document.js': 'document.js',
    'redoc-initializer.js': 'redoc-initializer.js',
  },
  styles: [],
  scripts: ['redoc.standalone.js', 'document.js', 'redoc-initializer.js'],
  icon: undefined,
}

/** Where the parts of a page stand, relative to it, and what its viewer is told. */
export interface Page {
  readonly title: string
  readonly files: string
  readonly openapi: string
  readonly root: string
  /** Its own icon, in place of the viewer's. */
  readonly icon: string | undefined
  readonly options: JsonObject
}

/** The page of a viewer. It holds no script: the initializer reads what it needs from the element. */
export function renderPage({ id, styles, scripts, icon }: Viewer, page: Page): string {
  const file = (name: string) => escapeHtml(page.files + name)
  const own = page.icon ?? (icon === undefined ? 'data:,' : page.files + icon)
  const openapi = escapeHtml(page.openapi)
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(page.title)}</title>
    <link rel="icon" href="${escapeHtml(own)}">
    <style>body { margin: 0 }</style>
${styles.map((name) => `    <link rel="stylesheet" href="${file(name)}">\n`).join('')}${scripts
  .map((name) => `    <script defer src="${file(name)}"></script>\n`)
  .join('')}  </head>
  <body>
    <div id="${id}" ${data('openapi', page.openapi)} ${data('files', page.files)} ${data('root', page.root)} ${data('options', JSON.stringify(page.options))}></div>
    <noscript>This page needs JavaScript. <a href="${openapi}">The document itself</a> does not.</noscript>
  </body>
</html>
`
}

/** The page that an authorization server sends back to, in the window that Swagger UI has opened. */
export const redirectPage = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Back to the documentation</title>
    <script defer src="oauth2-redirect.js"></script>
  </head>
  <body></body>
</html>
`

function data(name: string, value: string): string {
  return `data-${name}="${escapeHtml(value)}"`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string)
}
