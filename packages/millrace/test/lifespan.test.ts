import { App, dependency } from 'millrace'
import { describe, expect, it } from 'vitest'
import { describeTransports, recorder } from './support/serve.ts'

function traced(trace: string[]) {
  return (name: string) =>
    async function* (): AsyncGenerator<void> {
      trace.push(`${name} starts`)
      yield
      trace.push(`${name} ends`)
    }
}

describeTransports('lifespans', (serve) => {
  it('stand around the app dependencies, and end in reverse', async () => {
    const trace: string[] = []
    const life = traced(trace)
    const app = new App()
    const pool = dependency({ scope: 'app' }, life('pool'))
    app.lifespan(life('first'))
    app.lifespan(function* () {
      trace.push('second starts')
      yield
      trace.push('second ends')
    })
    app.get('/', { deps: { pool } }, () => trace.push('request'))
    const { request, close } = await serve(app)
    await (await request('/')).text()
    await close()
    expect(trace).toEqual([
      'first starts',
      'second starts',
      'pool starts',
      'request',
      'pool ends',
      'second ends',
      'first ends',
    ])
  })

  it('that fail at their end are logged, and the others end', async () => {
    const log = recorder()
    const trace: string[] = []
    const app = new App({ logger: log.logger })
    app.lifespan(traced(trace)('outer'))
    app.lifespan(async function* () {
      yield
      throw new Error('cannot end')
    })
    const { request, close } = await serve(app)
    await (await request('/readyz')).text()
    await close()
    expect(trace).toEqual(['outer starts', 'outer ends'])
    expect(log.takeErrors()).toEqual([{ message: 'A lifespan failed at its end', error: 'cannot end' }])
  })

  it('end after requests and their work', async () => {
    const trace: string[] = []
    const entered = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const app = new App()
    app.lifespan(traced(trace)('app'))
    app.get('/', async ({ after }) => {
      entered.resolve()
      await gate.promise
      after(() => trace.push('work'))
      trace.push('handler')
      return 'done'
    })
    const { request, close } = await serve(app)
    const answer = request('/').then((response) => response.text())
    await entered.promise
    const closed = close()
    gate.resolve()
    expect(await answer).toBe('done')
    await closed
    expect(trace).toEqual(['app starts', 'handler', 'work', 'app ends'])
  })
})

describe('an app that does not start', () => {
  it('closes what was opened, and tells why', async () => {
    const trace: string[] = []
    const life = traced(trace)
    const app = new App()
    const pool = dependency({ scope: 'app' }, life('pool'))
    const broken = dependency({ scope: 'app', deps: { pool } }, () => {
      throw new Error('no model')
    })
    app.lifespan(life('lifespan'))
    app.get('/', { deps: { broken } }, () => 1)
    await expect(app.listen({ port: 0, signals: false })).rejects.toThrow('no model')
    expect(trace).toEqual(['lifespan starts', 'pool starts', 'pool ends', 'lifespan ends'])
    expect(app.state).toBe('stopped')
  })

  it('of a lifespan that is no generator', async () => {
    const app = new App()
    app.lifespan((() => undefined) as never)
    await expect(app.start()).rejects.toThrow('app.lifespan() needs a generator function that yields once')
  })

  it('of a lifespan that does not yield', async () => {
    const app = new App()
    const trace: string[] = []
    app.lifespan(traced(trace)('first'))
    app.lifespan(async function* () {} as never)
    await expect(app.start()).rejects.toThrow('A lifespan ended without a yield')
    expect(trace).toEqual(['first starts', 'first ends'])
  })
})

describe('an app that did not start', () => {
  it('tries anew with the next request, and tells each time why it did not', async () => {
    const trace: string[] = []
    let isUp = false
    const app = new App()
    app.lifespan(traced(trace)('lifespan'))
    const database = dependency({ scope: 'app' }, async () => {
      if (!isUp) throw new Error('The database is down')
      return 'up'
    })
    app.get('/', { deps: { database } }, ({ database }) => database)
    await expect(app.request('/')).rejects.toThrow('The database is down')
    expect(app.state).toBe('idle')
    await expect(app.request('/')).rejects.toThrow('The database is down')
    isUp = true
    expect(await (await app.request('/')).text()).toBe('up')
    await app.stop()
    expect(trace).toEqual(Array.from({ length: 3 }, () => ['lifespan starts', 'lifespan ends']).flat())
  })

  it('does not try anew after its end', async () => {
    const app = new App()
    app.lifespan(() => {
      throw new Error('never')
    })
    await expect(app.start()).rejects.toThrow('never')
    await app.stop()
    await expect(app.start()).rejects.toMatchObject({ code: 'app_stopped' })
    expect(app.state).toBe('stopped')
  })
})

describe('the life of an app', () => {
  it('starts once, whoever asks, and stops once', async () => {
    const trace: string[] = []
    const app = new App()
    app.lifespan(traced(trace)('app'))
    app.get('/', () => 'ready')
    expect(app.state).toBe('idle')
    const [, , response] = await Promise.all([app.start(), app.start(), app.request('/')])
    expect([app.state, await response.text()]).toEqual(['ready', 'ready'])
    await Promise.all([app.stop(), app.stop()])
    expect(app.state).toBe('stopped')
    expect(trace).toEqual(['app starts', 'app ends'])
  })

  it('answers 503 after its end', async () => {
    const app = new App()
    app.get('/', () => 1)
    await app.start()
    await app.stop()
    const response = await app.request('/')
    expect([response.status, await response.json()]).toMatchObject([503, { code: 'stopping' }])
  })
})
