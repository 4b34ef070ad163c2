import { expect, it } from 'vitest'
import { app as frontend001 } from '../apps/frontend/tutorial001.ts'
import { app as frontend002 } from '../apps/frontend/tutorial002.ts'
import { app as static001 } from '../apps/static_files/tutorial001.ts'
import { describePort } from './support/ports.ts'

const html = { accept: 'text/html' }

describePort('static_files.tutorial001', (open) => {
  it('serves a file, and tells who has it already', async () => {
    const ask = await open(static001)
    const { status, headers, text } = await ask('GET', '/static/sample.txt')
    expect([status, headers.get('content-type'), text]).toEqual([
      200,
      'text/plain; charset=utf-8',
      '# A file that is served as it is.\n',
    ])
    const again = await ask('GET', '/static/sample.txt', { headers: { 'if-none-match': headers.get('etag') ?? '' } })
    expect([again.status, again.text]).toEqual([304, ''])
  })

  it('answers in the form of the app for what is not there, and for other methods', async () => {
    const ask = await open(static001)
    for (const path of ['/static/other.txt', '/static/', '/static/..%2ftutorial001.ts', '/'])
      expect(await ask('GET', path)).toMatchObject({ status: 404, json: { detail: 'Not Found' } })
    expect(await ask('POST', '/static/sample.txt')).toMatchObject({
      status: 405,
      json: { detail: 'Method Not Allowed' },
    })
  })

  it('documents nothing of it', () => {
    expect(static001.openapi()).toMatchObject({ openapi: '3.1.0', paths: {} })
  })
})

describePort('frontend', (open) => {
  it('tutorial001 serves the page for paths that only the front end knows', async () => {
    const ask = await open(frontend001)
    for (const path of ['/', '/users/7']) {
      const { status, headers, text } = await ask('GET', path, { headers: html })
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      expect(text).toContain('<div id="root"></div>')
    }
    expect(await ask('GET', '/assets/main.js')).toMatchObject({
      status: 200,
      text: "document.getElementById('root').textContent = 'Hello'\n",
    })
  })

  it('tutorial001 leaves the API alone, and tells programs what is not there', async () => {
    const ask = await open(frontend001)
    expect(await ask('GET', '/api/items')).toMatchObject({ status: 200, json: [{ name: 'Portal Gun' }] })
    expect(await ask('GET', '/api/itmes')).toMatchObject({ status: 404, json: { detail: 'Not Found' } })
    expect(await ask('POST', '/users/7', { headers: html })).toMatchObject({ status: 404 })
  })

  it('tutorial002 asks for what the app asks for', async () => {
    const ask = await open(frontend002)
    expect(await ask('GET', '/', { headers: html })).toMatchObject({
      status: 401,
      json: { detail: 'Not authenticated' },
    })
    const headers = { ...html, cookie: 'session=1' }
    expect((await ask('GET', '/', { headers })).text).toContain('<div id="root"></div>')
    expect(await ask('GET', '/users/7', { headers })).toMatchObject({ status: 404, json: { detail: 'Not Found' } })
  })
})
