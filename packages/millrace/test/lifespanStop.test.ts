import { App, dependency } from 'millrace'
import { expect, it } from 'vitest'

it('does not finish a start that is to stop, and closes what it had opened', async () => {
  const trace: string[] = []
  const opening = Promise.withResolvers<void>()
  const slow = dependency({ scope: 'app' }, async function* ({ signal }) {
    opening.resolve()
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    trace.push('slow opened')
    yield 1
    trace.push('slow closed')
  })
  const app = new App({ deps: { slow }, logger: false })
  app.lifespan(async function* () {
    trace.push('lifespan in')
    yield
    trace.push('lifespan out')
  })
  app.get('/', () => 'hello')
  const started = app.start()
  await opening.promise
  const stopped = app.stop()
  await expect(started).rejects.toMatchObject({ code: 'stopping' })
  await stopped
  expect(trace).toEqual(['lifespan in', 'slow opened', 'slow closed', 'lifespan out'])
  expect(app.state).toBe('stopped')
})
