import { mkdtempSync, openAsBlob, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { App, file, type HttpError, html, reply, sendFile } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports, recorder } from './support/serve.ts'
import {
  ask,
  changed,
  digest,
  etagOf,
  filesApp,
  folder,
  hundred,
  largeBytes,
  lastModified,
} from './support/servedFiles.ts'

describeTransports('a file', (serve) => {
  it('has a type, a length and validators', async () => {
    const served = await serve(filesApp())
    const names = ['content-type', 'content-length', 'etag', 'last-modified', 'accept-ranges', 'content-disposition']
    expect(await ask(served, '/hundred', {}, ...names, 'cache-control')).toEqual({
      status: 200,
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '100',
      etag: etagOf(hundred),
      'last-modified': lastModified,
      'accept-ranges': 'bytes',
      'content-disposition': null,
      'cache-control': null,
      body: '0123456789'.repeat(10),
    })
    expect(await ask(served, '/empty', {}, 'content-type', 'content-length')).toEqual({
      status: 200,
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '0',
      body: '',
    })
  })

  it('larger than a piece comes whole', async () => {
    const { request } = await serve(filesApp())
    const response = await request('/large')
    const received = new Uint8Array(await response.arrayBuffer())
    expect([response.headers.get('content-length'), response.headers.get('content-type'), digest(received)]).toEqual([
      '1000003',
      'application/octet-stream',
      digest(largeBytes),
    ])
  })

  it('HEAD tells what GET would, and ignores ranges', async () => {
    const { request } = await serve(filesApp())
    for (const path of ['/hundred', '/large']) {
      const { status, headers, body } = await request(path, { method: 'HEAD', headers: { range: 'bytes=0-1' } })
      expect([
        status,
        headers.get('content-length'),
        headers.get('content-range'),
        headers.get('accept-ranges'),
      ]).toEqual([200, path === '/large' ? '1000003' : '100', null, 'bytes'])
      expect(await new Response(body).text()).toBe('')
    }
  })

  it('may be bytes or a Blob, by sendFile() or as it is', async () => {
    const app = new App()
    const data = new TextEncoder().encode('0123456789')
    const stored = await openAsBlob(hundred, { type: 'text/x-own' })
    app.get('/bytes', { response: file('text/plain') }, () => data)
    app.get('/buffer', { response: file('text/plain') }, () => data.buffer)
    app.get('/blob', { response: file() }, () => new Blob(['0123456789'], { type: 'text/csv' }))
    app.get('/file', { response: file() }, () => new File(['0123456789'], 'a.csv', { lastModified: changed.getTime() }))
    app.get('/stored', { response: file() }, () => stored)
    app.get('/sent', () => sendFile(data, { mediaType: 'image/x-own' }))
    app.get('/url', () => sendFile(pathToFileURL(hundred)))
    const served = await serve(app)
    const range = { range: 'bytes=2-4' }
    const names = ['content-type', 'content-range', 'last-modified']
    const part = { status: 206, 'content-range': 'bytes 2-4/10', 'last-modified': null, body: '234' }
    expect(await ask(served, '/bytes', range, ...names)).toEqual({ ...part, 'content-type': 'text/plain' })
    expect(await ask(served, '/buffer', range, ...names)).toEqual({ ...part, 'content-type': 'text/plain' })
    expect(await ask(served, '/blob', range, ...names)).toEqual({ ...part, 'content-type': 'text/csv' })
    expect(await ask(served, '/sent', range, ...names)).toEqual({ ...part, 'content-type': 'image/x-own' })
    expect(await ask(served, '/file', range, ...names)).toEqual({
      ...part,
      'content-type': 'text/csv; charset=utf-8',
      'last-modified': lastModified,
    })
    expect(await ask(served, '/stored', range, 'content-type', 'content-range')).toEqual({
      status: 206,
      'content-type': 'text/x-own',
      'content-range': 'bytes 2-4/100',
      body: '234',
    })
    expect((await ask(served, '/url', {}, 'etag')).etag).toBe(etagOf(hundred))
    expect((await ask(served, '/bytes', {}, 'etag')).etag).toBe('"hNiYd_DUBB77a_kaFvAkjy"')
  })

  it('takes name, type, tag, time, age and headers from its options', async () => {
    const app = new App()
    app.get('/named', () => sendFile(hundred, { filename: 'Größe "1".txt', maxAgeSeconds: 60 }))
    app.get('/inline', () => sendFile(hundred, { filename: 'a.txt', disposition: 'inline', mediaType: 'text/x-own' }))
    app.get('/attachment', () => sendFile(hundred, { disposition: 'attachment' }))
    app.get('/tagged', () =>
      sendFile(hundred, {
        etag: 'W/"own"',
        lastModified: new Date(0),
        headers: { 'X-Own': '1', 'content-language': 'en' },
      }),
    )
    app.get('/untold', () => sendFile(hundred, { etag: false, lastModified: false }))
    const served = await serve(app)
    expect(await ask(served, '/named', {}, 'content-disposition', 'cache-control')).toMatchObject({
      'content-disposition':
        'attachment; filename="Gr??e \\"1\\".txt"; filename*=UTF-8\'\'Gr%C3%B6%C3%9Fe%20%221%22.txt',
      'cache-control': 'max-age=60',
    })
    expect(await ask(served, '/inline', {}, 'content-disposition', 'content-type')).toMatchObject({
      'content-disposition': 'inline; filename=a.txt',
      'content-type': 'text/x-own',
    })
    expect(await ask(served, '/attachment', {}, 'content-disposition')).toMatchObject({
      'content-disposition': 'attachment',
    })
    const names = ['etag', 'last-modified', 'x-own', 'content-language']
    expect(await ask(served, '/tagged', {}, ...names)).toMatchObject({
      status: 200,
      etag: 'W/"own"',
      'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT',
      'x-own': '1',
      'content-language': 'en',
    })
    // What describes the body has no place where there is none.
    expect(await ask(served, '/tagged', { 'if-none-match': '"own"' }, ...names)).toEqual({
      status: 304,
      etag: 'W/"own"',
      'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT',
      'x-own': '1',
      'content-language': null,
      body: '',
    })
    expect(await ask(served, '/untold', {}, 'etag', 'last-modified')).toMatchObject({
      etag: null,
      'last-modified': null,
    })
  })

  it('with another status, or another method, is sent whole and without conditions', async () => {
    const app = new App()
    app.get('/missing', { responses: { 404: file('text/plain') }, response: html() }, () =>
      reply(404, sendFile(hundred)),
    )
    app.post('/made', { response: file() }, () => sendFile(hundred))
    const { request } = await serve(app)
    const headers = { range: 'bytes=0-1', 'if-none-match': '*' }
    const missing = await request('/missing', { headers })
    expect([missing.status, missing.headers.get('etag'), (await missing.text()).length]).toEqual([404, null, 100])
    const made = await request('/made', { method: 'POST', headers })
    expect([made.status, made.headers.get('accept-ranges'), (await made.text()).length]).toEqual([200, null, 100])
  })

  it('takes headers, cookies and middleware like any answer', async () => {
    const app = new App()
    app.use(async (_context, next) => void (await next()).headers.set('x-outside', '1'))
    app.get('/', ({ response }) => {
      response.setCookie('seen', '1')
      return sendFile(hundred)
    })
    const { request } = await serve(app)
    const { headers } = await request('/', { headers: { range: 'bytes=0-0' } })
    expect([headers.get('x-outside'), headers.getSetCookie()]).toEqual([
      '1',
      ['seen=1; Path=/; HttpOnly; SameSite=Lax'],
    ])
  })

  it('that is not there is a fault of the server, and its path is not told', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger, debug: false })
    const missing = join(folder, 'missing.txt')
    app.get('/missing', () => sendFile(missing))
    app.get('/folder', () => sendFile(folder))
    app.get('/nul', () => sendFile(`${hundred}\0.png`))
    app.get('/wrong', { response: file() }, () => hundred as never)
    const { request } = await serve(app)
    for (const path of ['/missing', '/folder', '/nul', '/wrong']) {
      const response = await request(path)
      expect([response.status, (await response.text()).includes(folder)], path).toEqual([500, false])
    }
    expect(log.takeErrors().map(({ error }) => error?.replaceAll(folder, ''))).toEqual([
      "sendFile() was given '/missing.txt', where there is no file",
      "sendFile() was given '', where there is no file",
      expect.stringContaining('must be a string, Uint8Array, or URL without null bytes'),
      'The result of GET /wrong does not fit its response schema: (root): expected sendFile(), a Blob or bytes for a reply of a file',
    ])
  })

  it('HTTP errors of a file go to error handlers', async () => {
    const app = filesApp()
    app.onError(416, (error) => reply(416, { told: (error as HttpError).code }))
    const served = await serve(app)
    expect(await ask(served, '/hundred', { range: 'bytes=200-' })).toEqual({
      status: 416,
      body: '{"told":"range_not_satisfiable"}',
    })
  })
})

describeTransports('a file in a root', (serve) => {
  const root = mkdtempSync(join(folder, 'root-'))
  writeFileSync(join(root, 'a.txt'), 'a')
  writeFileSync(join(root, '.env'), 'secret')
  symlinkSync(join(root, 'a.txt'), join(root, 'inside.txt'))
  symlinkSync(hundred, join(root, 'outside.txt'))
  symlinkSync(folder, join(root, 'up'))

  it.each<[string, string, 200 | 404]>([
    ['a file', 'a.txt', 200],
    ['a link to one inside', 'inside.txt', 200],
    ['nothing', 'missing.txt', 404],
    ['a link to one outside', 'outside.txt', 404],
    ['a linked folder', 'up/hundred.txt', 404],
    ['a hidden file', '.env', 404],
    ['two dots', '../hundred.txt', 404],
    ['two dots later', 'a.txt/../../hundred.txt', 404],
    ['one dot', './a.txt', 404],
    ['a backslash', '..\\hundred.txt', 404],
    ['an absolute path', hundred, 404],
    ['NUL at the end', 'a.txt\0', 404],
    ['NUL', 'a.txt\0.png', 404],
    ['encoded dots', '%2e%2e/hundred.txt', 404],
    ['no name', '', 404],
    ['a slash at the end', 'a.txt/', 404],
    ['a long name', `${'a'.repeat(5_000)}`, 404],
    ['half a character', '\u{d800}', 404],
  ])('%s', async (_what, name, status) => {
    const app = new App()
    app.post('/', () => sendFile(name, { root }))
    app.post('/url', () => sendFile(name, { root: pathToFileURL(root) }))
    const { request } = await serve(app)
    for (const path of ['/', '/url']) expect((await request(path, { method: 'POST' })).status, path).toBe(status)
    if (status === 404)
      expect(await (await request('/', { method: 'POST' })).json()).toMatchObject({
        code: 'not_found',
        detail: 'There is no such file',
      })
  })
})
