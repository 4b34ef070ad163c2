import { App } from 'millrace'
import { expect, it } from 'vitest'

it('does not start an app again that has been stopped, but a copy of it', async () => {
  const app = new App()
  app.get('/', () => 'hello')
  await (await app.listen({ port: 0, signals: false })).close()
  await expect(app.listen({ port: 0, signals: false })).rejects.toMatchObject({ code: 'app_stopped' })
  const copy = app.with()
  expect(await (await copy.request('/')).text()).toBe('hello')
  await copy.stop()
})
