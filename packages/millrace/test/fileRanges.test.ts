import { App, sendFile } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports } from './support/serve.ts'
import { ask, digest, etagOf, filesApp, hundred, largeBytes, lastModified } from './support/servedFiles.ts'

describeTransports('a range of a file', (serve) => {
  const etag = etagOf(hundred)

  it.each([
    ['bytes=0-0', '0', 'bytes 0-0/100'],
    ['bytes=5-7', '567', 'bytes 5-7/100'],
    ['bytes=97-', '789', 'bytes 97-99/100'],
    ['bytes=-2', '89', 'bytes 98-99/100'],
    ['bytes=95-1000', '56789', 'bytes 95-99/100'],
    ['bytes=-1000', '0123456789'.repeat(10), 'bytes 0-99/100'],
    ['BYTES=1-2', '12', 'bytes 1-2/100'],
    // What overlaps or touches is one, and what is not there is left out.
    ['bytes=0-3,2-5', '012345', 'bytes 0-5/100'],
    ['bytes=0-1, 2-3', '0123', 'bytes 0-3/100'],
    ['bytes=200-300,1-1', '1', 'bytes 1-1/100'],
  ])('%s', async (range, body, contentRange) => {
    const served = await serve(filesApp())
    expect(await ask(served, '/hundred', { range }, 'content-range', 'content-length', 'content-type', 'etag')).toEqual(
      {
        status: 206,
        'content-range': contentRange,
        'content-length': String(body.length),
        'content-type': 'text/plain; charset=utf-8',
        etag,
        body,
      },
    )
  })

  it('larger than a piece comes whole', async () => {
    const { request } = await serve(filesApp())
    const response = await request('/large', { headers: { range: 'bytes=70001-900000' } })
    const received = new Uint8Array(await response.arrayBuffer())
    expect([response.status, response.headers.get('content-length'), digest(received)]).toEqual([
      206,
      '830000',
      digest(largeBytes.subarray(70_001, 900_001)),
    ])
  })

  it.each(['bytes=100-', 'bytes=200-300', 'bytes=-0', 'bytes=500-600,700-800', `bytes=${'9'.repeat(400)}-`])(
    '%s is not satisfiable',
    async (range) => {
      const { request } = await serve(filesApp())
      const response = await request('/hundred', { headers: { range } })
      expect([response.status, response.headers.get('content-range'), await response.json()]).toEqual([
        416,
        'bytes */100',
        {
          type: 'about:blank',
          title: 'Range Not Satisfiable',
          status: 416,
          detail: 'The file has 100 bytes, and none of them is in the range',
          code: 'range_not_satisfiable',
        },
      ])
    },
  )

  it.each([
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=5-2',
    'bytes=0-1,x',
    'bytes 0-1',
    'items=0-1',
    'bytes=0-1-2',
  ])("'%s' is ignored", async (range) => {
    const served = await serve(filesApp())
    expect(await ask(served, '/hundred', { range }, 'content-range')).toEqual({
      status: 200,
      'content-range': null,
      body: '0123456789'.repeat(10),
    })
  })

  it('of an empty file', async () => {
    const served = await serve(filesApp())
    expect((await ask(served, '/empty', { range: 'bytes=0-' }, 'content-range'))['content-range']).toBe('bytes */0')
    expect(await ask(served, '/empty', { range: 'bytes=-5' }, 'content-range')).toEqual({
      status: 200,
      'content-range': null,
      body: '',
    })
  })

  it('several come as multipart/byteranges, in the order asked for', async () => {
    const { request } = await serve(filesApp())
    const response = await request('/hundred', { headers: { range: 'bytes=90-91,0-1,-3' } })
    const type = response.headers.get('content-type') as string
    const boundary = /^multipart\/byteranges; boundary=([\w-]{24})$/.exec(type)?.[1]
    const body = await response.text()
    const part = (range: string, content: string) =>
      `--${boundary}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes ${range}/100\r\n\r\n${content}\r\n`
    expect(body).toBe(`${part('90-91', '01')}${part('0-1', '01')}${part('97-99', '789')}--${boundary}--\r\n`)
    expect([response.status, response.headers.get('content-length'), response.headers.get('content-range')]).toEqual([
      206,
      String(body.length),
      null,
    ])
  })

  it('several keep the type that the handler has set for each part', async () => {
    const app = new App()
    app.get('/', ({ response }) => {
      response.headers.set('content-type', 'text/x-own')
      return sendFile(hundred)
    })
    const { request } = await serve(app)
    expect((await request('/')).headers.get('content-type')).toBe('text/x-own')
    const response = await request('/', { headers: { range: 'bytes=0-0,9-9' } })
    expect(response.headers.get('content-type')).toMatch(/^multipart\/byteranges; boundary=/)
    expect((await response.text()).split('content-type: text/x-own\r\n')).toHaveLength(3)
  })

  it('several of a large file, each larger than a piece', async () => {
    const { request } = await serve(filesApp())
    const response = await request('/large', { headers: { range: 'bytes=900000-,0-199999' } })
    const received = Buffer.from(await response.arrayBuffer())
    expect(String(received.length)).toBe(response.headers.get('content-length'))
    expect(received.includes(Buffer.from(largeBytes.subarray(900_000)))).toBe(true)
    expect(received.includes(Buffer.from(largeBytes.subarray(0, 200_000)))).toBe(true)
    expect(received.length).toBeLessThan(300_003 + 400)
  })

  it('an attack by many ranges gets the whole file, one by overlaps no more than it', async () => {
    const served = await serve(filesApp())
    const hundredRanges = Array.from({ length: 100 }, (_, index) => `${index}-${index}`)
    const many = { range: `bytes=${[...hundredRanges, '0-0'].join(',')}` }
    expect(await ask(served, '/hundred', many, 'content-range', 'content-length')).toMatchObject({
      status: 200,
      'content-range': null,
      'content-length': '100',
    })
    // Separators alone count, too.
    expect((await ask(served, '/hundred', { range: `bytes=0-0${','.repeat(5_000)}` })).status).toBe(200)
    const overlapping = { range: `bytes=${Array.from({ length: 100 }, () => '0-').join(',')}` }
    expect(await ask(served, '/large', overlapping, 'content-range', 'content-length')).toMatchObject({
      status: 206,
      'content-range': 'bytes 0-1000002/1000003',
      'content-length': '1000003',
    })
    const apart = { range: `bytes=${Array.from({ length: 50 }, (_, index) => `${index * 2}-${index * 2}`).join(',')}` }
    const { status, body } = await ask(served, '/hundred', apart)
    expect([status, String(body).split('content-range: ').length - 1]).toEqual([206, 50])
  })

  it.each<[string, string, 200 | 206]>([
    ['the same tag', etag, 206],
    ['another tag', '"other"', 200],
    ['a weak form of the tag', `W/${etag}`, 200],
    ['the same date', lastModified, 206],
    ['an earlier date', 'Wed, 04 Mar 2026 05:06:06 GMT', 200],
    ['a later date', 'Wed, 04 Mar 2026 05:06:08 GMT', 200],
    ['nonsense', 'nonsense', 200],
  ])('if-range with %s', async (_name, ifRange, status) => {
    const served = await serve(filesApp())
    const headers = { range: 'bytes=0-1', 'if-range': ifRange }
    expect((await ask(served, '/hundred', headers)).status).toBe(status)
    // What could not be satisfied either is not looked at.
    const beyond = await ask(served, '/hundred', { range: 'bytes=500-', 'if-range': ifRange })
    expect(beyond.status).toBe(status === 206 ? 416 : 200)
  })

  it('if-range does not trust the date of a file that has just been changed', async () => {
    const app = new App()
    const now = new Date()
    app.get('/', () => sendFile(hundred, { lastModified: now }))
    const served = await serve(app)
    const headers = { range: 'bytes=0-1', 'if-range': now.toUTCString() }
    expect((await ask(served, '/', headers)).status).toBe(200)
  })
})
