import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { App, StartupError, type StaticFilesOptions, staticFiles } from 'millrace'
import { describe, expect, it } from 'vitest'
import { describeTransports, recorder, serveFetch, serveHttp } from './support/serve.ts'
import { ask, etagOf, folder, lastModified, write } from './support/servedFiles.ts'
import { RawSocket, rawRequest } from './support/socket.ts'

const directory = join(folder, 'public')
for (const name of ['public', 'public/docs', 'public/a b', 'public/.hidden', 'public/empty', 'secret'])
  mkdirSync(join(folder, name))
const style = write('public/style.css', 'body {}')
write('public/docs/index.html', '<h1>Docs</h1>')
write('public/a b/ü%.txt', 'odd')
write('public/.env', 'KEY=1')
write('public/.hidden/a.txt', 'hidden')
write('public/app.js', 'let plain')
write('public/app.js.br', brotliCompressSync('let brotli'))
write('public/app.js.gz', gzipSync('let gzip'))
write('secret/key.txt', 'KEY')
symlinkSync(style, join(directory, 'inside.css'))
symlinkSync(join(folder, 'secret/key.txt'), join(directory, 'key.txt'))
symlinkSync(join(folder, 'secret'), join(directory, 'secret'))
symlinkSync(join(folder, 'nowhere'), join(directory, 'broken'))

const mounted = (options: Partial<StaticFilesOptions> = {}, path = '/static') =>
  new App({ logger: recorder().logger }).mount(path, staticFiles({ directory, ...options }))

const notFound = (path: string) => ({
  type: 'about:blank',
  title: 'Not Found',
  status: 404,
  detail: `Nothing stands at ${path}`,
  code: 'not_found',
})

describeTransports('staticFiles()', (serve) => {
  it('serves files with type, length, validators, and a word to caches', async () => {
    const served = await serve(mounted())
    const names = ['content-type', 'content-length', 'etag', 'last-modified', 'cache-control', 'accept-ranges', 'vary']
    expect(await ask(served, '/static/style.css', {}, ...names)).toEqual({
      status: 200,
      'content-type': 'text/css; charset=utf-8',
      'content-length': '7',
      etag: etagOf(style),
      'last-modified': lastModified,
      'cache-control': 'no-cache',
      'accept-ranges': 'bytes',
      vary: null,
      body: 'body {}',
    })
    expect(await ask(served, '/static/a%20b/%C3%BC%25.txt')).toEqual({ status: 200, body: 'odd' })
    expect(await ask(served, '/static/inside.css')).toEqual({ status: 200, body: 'body {}' })
  })

  it('answers conditions and ranges', async () => {
    const served = await serve(mounted())
    expect(await ask(served, '/static/style.css', { 'if-none-match': etagOf(style) }, 'cache-control')).toEqual({
      status: 304,
      'cache-control': 'no-cache',
      body: '',
    })
    expect((await ask(served, '/static/style.css', { 'if-modified-since': lastModified }))['status']).toBe(304)
    expect(await ask(served, '/static/style.css', { range: 'bytes=0-3' }, 'content-range')).toEqual({
      status: 206,
      'content-range': 'bytes 0-3/7',
      body: 'body',
    })
    expect((await ask(served, '/static/style.css', { range: 'bytes=7-' }))['status']).toBe(416)
  })

  it('answers GET and HEAD alone', async () => {
    const { request } = await serve(mounted())
    const head = await request('/static/style.css', { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '7', ''])
    const options = await request('/static/style.css', { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const response = await request('/static/style.css', { method })
      expect([response.status, response.headers.get('allow'), await response.json()]).toEqual([
        405,
        'GET, HEAD, OPTIONS',
        {
          type: 'about:blank',
          title: 'Method Not Allowed',
          status: 405,
          detail: `/static/style.css does not answer ${method}, only GET, HEAD, OPTIONS`,
          code: 'method_not_allowed',
        },
      ])
    }
  })

  it('lists no folder, and answers one by its index where there is one', async () => {
    const bare = await serve(mounted())
    for (const path of ['/static', '/static/', '/static/docs', '/static/docs/'])
      expect((await ask(bare, path))['status'], path).toBe(404)
    const { request, ...served } = await serve(mounted({ index: 'index.html' }))
    expect(await ask({ request, ...served }, '/static/docs/', {}, 'content-type', 'cache-control')).toEqual({
      status: 200,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      body: '<h1>Docs</h1>',
    })
    const folderAsked = await request('/static/docs?a=1', { redirect: 'manual' })
    expect([folderAsked.status, folderAsked.headers.get('location')]).toEqual([307, './docs/?a=1'])
    for (const path of ['/static/', '/static/empty/', '/static/missing', '/static/style.css/'])
      expect((await request(path)).status, path).toBe(404)
  })

  it('tells caches how long a file is good', async () => {
    const cacheControl = async (options: Partial<StaticFilesOptions>) =>
      (await ask(await serve(mounted(options)), '/static/style.css', {}, 'cache-control'))['cache-control']
    expect(await cacheControl({ maxAgeSeconds: 3600 })).toBe('max-age=3600')
    expect(await cacheControl({ maxAgeSeconds: 3600, immutable: /\.css$/ })).toBe('max-age=31536000, immutable')
    expect(await cacheControl({ maxAgeSeconds: 3600, immutable: /\.js$/g })).toBe('max-age=3600')
    expect(await cacheControl({ immutable: true })).toBe('max-age=31536000, immutable')
    expect(await cacheControl({ headers: { 'cache-control': 'private' } })).toBe('private')
  })

  it('sends what is compressed already to whom accepts it', async () => {
    const served = await serve(mounted({ precompressed: true }))
    const coded = async (acceptEncoding: string, path = '/static/app.js') => {
      const { headers } = await served.request(path, { method: 'HEAD', headers: { 'accept-encoding': acceptEncoding } })
      return [headers.get('content-encoding'), headers.get('content-type'), headers.get('vary')]
    }
    const type = 'text/javascript; charset=utf-8'
    expect(await coded('gzip, br')).toEqual(['br', type, 'Accept-Encoding'])
    expect(await coded('gzip')).toEqual(['gzip', type, 'Accept-Encoding'])
    expect(await coded('br;q=0.5, gzip')).toEqual(['gzip', type, 'Accept-Encoding'])
    // Not there as zstd: the next best is taken.
    expect(await coded('zstd, gzip;q=0.5')).toEqual(['gzip', type, 'Accept-Encoding'])
    expect(await coded('identity')).toEqual([null, type, 'Accept-Encoding'])
    expect(await coded('gzip', '/static/style.css')).toEqual([null, 'text/css; charset=utf-8', 'Accept-Encoding'])
    const response = await served.request('/static/app.js', { headers: { 'accept-encoding': 'gzip' } })
    const body = Buffer.from(await response.arrayBuffer())
    // A server's body is decoded on its way here; that of `app.fetch` is not.
    expect((response.url === '' ? gunzipSync(body) : body).toString()).toBe('let gzip')
    const plain = await serve(mounted())
    expect(await ask(plain, '/static/app.js', { 'accept-encoding': 'br' }, 'content-encoding', 'vary')).toEqual({
      status: 200,
      'content-encoding': null,
      vary: null,
      body: 'let plain',
    })
    const own = await serve(mounted({ precompressed: ['gzip'] }))
    expect(
      (await own.request('/static/app.js', { headers: { 'accept-encoding': 'br, gzip' } })).headers.get('etag'),
    ).toBe(etagOf(join(directory, 'app.js.gz')))
  })

  it('keeps dotfiles and what links lead out to itself, unless told otherwise', async () => {
    const closed = await serve(mounted())
    const open = await serve(
      mounted({ allowDotfiles: true, followSymlinks: true, directory: pathToFileURL(directory) }),
    )
    for (const [path, body] of [
      ['/static/.env', 'KEY=1'],
      ['/static/.hidden/a.txt', 'hidden'],
      ['/static/key.txt', 'KEY'],
      ['/static/secret/key.txt', 'KEY'],
    ]) {
      const response = await closed.request(path as string)
      expect([response.status, await response.json()]).toEqual([404, notFound(path as string)])
      expect(await ask(open, path as string)).toEqual({ status: 200, body })
    }
    expect((await ask(open, '/static/broken'))['status']).toBe(404)
  })

  it('stands inside middleware, below operations, and at any path', async () => {
    const app = mounted({}, '/')
    app.use(async (_context, next) => void (await next()).headers.set('x-outside', '1'))
    app.get('/style.css', () => 'an operation')
    app.onError(404, () => ({ told: true }))
    const served = await serve(app)
    expect(await ask(served, '/style.css')).toEqual({ status: 200, body: 'an operation' })
    expect(await ask(served, '/app.js', {}, 'x-outside')).toEqual({ status: 200, 'x-outside': '1', body: 'let plain' })
    expect(await ask(served, '/missing', {}, 'x-outside')).toEqual({
      status: 404,
      'x-outside': '1',
      body: '{"told":true}',
    })
  })
})

describe('staticFiles() refuses', () => {
  it('a directory that is not there', () => {
    for (const wrong of [join(folder, 'nowhere'), style])
      expect(() => staticFiles({ directory: wrong })).toThrow(
        new StartupError('invalid_option', `The directory of staticFiles(), '${wrong}', is not there`),
      )
    expect(() => staticFiles({ directory, maxAgeSeconds: -1 })).toThrow(StartupError)
  })
})

/** What lies outside of the directory, or may not be told of, by every way that is known of asking for it. */
const traversals: readonly [what: string, path: string, status: 400 | 404][] = [
  ['two dots', '/static/../secret/key.txt', 404],
  ['two dots inside', '/static/docs/../../secret/key.txt', 404],
  ['two dots to itself', '/static/docs/../style.css', 404],
  ['encoded dots', '/static/%2e%2e/secret/key.txt', 404],
  ['half-encoded dots', '/static/.%2E/secret/key.txt', 404],
  ['dots encoded twice', '/static/%252e%252e/secret/key.txt', 404],
  ['an encoded slash', '/static/..%2fsecret%2fkey.txt', 404],
  ['an encoded slash in a good path', '/static/docs%2Findex.html', 404],
  ['a slash encoded twice', '/static/..%252fsecret/key.txt', 404],
  ['a backslash', '/static/..\\secret\\key.txt', 404],
  ['an encoded backslash', '/static/..%5csecret%5ckey.txt', 404],
  ['an absolute path', '/static//etc/passwd', 404],
  ['an encoded absolute path', '/static/%2fetc%2fpasswd', 404],
  ['a drive', '/static/C:/Windows/win.ini', 404],
  ['NUL', '/static/style.css%00.txt', 404],
  ['NUL at the end', '/static/style.css%00', 404],
  ['overlong UTF-8', '/static/%c0%ae%c0%ae/secret/key.txt', 400],
  ['a broken escape', '/static/%zz', 400],
  ['a lone surrogate', '/static/%ed%a0%80', 400],
  ['one dot', '/static/./style.css', 404],
  ['an empty name', '/static//style.css', 404],
  ['a long name', `/static/${'a'.repeat(5_000)}`, 404],
  ['many dots', `/static/${'../'.repeat(100)}etc/passwd`, 404],
  ['a link out of it', '/static/key.txt', 404],
  ['a linked folder', '/static/secret/key.txt', 404],
  ['a file as a folder', '/static/style.css/a', 404],
]

describe.each(['http', 'net'] as const)('paths that lead astray (%s)', (transport) => {
  it.each(traversals)('%s', async (_what, path, status) => {
    const { port } = await serveHttp(mounted(), undefined, transport)
    const socket = new RawSocket(port)
    await socket.write(rawRequest('GET', path))
    const answer = await socket.answer()
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json'])
    expect(JSON.parse(answer.body)).toEqual(
      status === 404
        ? notFound(path)
        : {
            type: 'about:blank',
            title: 'Bad Request',
            status: 400,
            detail: 'The path is not properly percent-encoded',
            code: 'malformed_target',
          },
    )
  })
})

describe('paths that lead astray (fetch)', () => {
  it.each(traversals)('%s', async (_what, path, status) => {
    const { request } = await serveFetch(mounted())
    // The URL of a web Request has lost its dots already.
    const { pathname } = new URL(path, 'http://localhost')
    const isLawful = pathname === '/static/style.css'
    const response = await request(path)
    expect(response.status).toBe(isLawful ? 200 : status)
    if (!isLawful && status === 404) expect(await response.json()).toEqual(notFound(pathname))
  })
})
