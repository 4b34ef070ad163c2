import { App, type Logger, requestId, StartupError } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports } from './support/serve.ts'

describeTransports('requestId', (serve) => {
  it('makes a new id for each request', async () => {
    const app = new App({ use: [requestId()] })
    app.get('/', ({ id }) => id)
    const { request } = await serve(app)
    const ids = await Promise.all(
      [1, 2].map(async () => {
        const response = await request('/')
        const id = await response.text()
        expect(response.headers.get('x-request-id')).toBe(id)
        return id
      }),
    )
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(ids[0]).not.toBe(ids[1])
  })

  it('takes over a well-formed id and no other', async () => {
    const app = new App({ use: [requestId({ generate: () => 'made' })] })
    app.get('/', ({ id }) => id)
    const { request } = await serve(app)
    const idFor = async (given: string) =>
      (await request('/', { headers: { 'x-request-id': given } })).headers.get('x-request-id')
    expect(await idFor('abc-123')).toBe('abc-123')
    expect(await idFor('two words')).toBe('made')
    expect(await idFor('x'.repeat(129))).toBe('made')
  })

  it('takes none where it is told not to, and uses another header', async () => {
    const app = new App({ use: [requestId({ accept: false, header: 'X-Trace', generate: () => 'made' })] })
    app.get('/', () => 'hello')
    const { request } = await serve(app)
    const response = await request('/', { headers: { 'x-trace': 'given' } })
    expect(response.headers.get('x-trace')).toBe('made')
  })

  it('is on errors and in the log', async () => {
    const entries: object[] = []
    const note = (message: string, fields?: object) => void entries.push({ message, ...fields })
    const logger: Logger = { debug: note, info: note, warn: note, error: note }
    const app = new App({ use: [requestId({ generate: () => 'made' })], logger })
    app.get('/', ({ log }) => {
      log.info('inside')
      return 'hello'
    })
    const { request } = await serve(app)
    await request('/')
    expect(entries).toEqual([{ message: 'inside', request: 'made' }])
    const missing = await request('/nothing')
    expect([missing.status, missing.headers.get('x-request-id')]).toEqual([404, 'made'])
  })
})

it('refuses a header that cannot be sent', () => {
  expect(() => requestId({ header: 'x request id' })).toThrow(
    new StartupError('invalid_option', "header of requestId(): 'x request id' cannot be the name of a header"),
  )
})
