import { App, dependency } from 'millrace'
import { inline, model } from 'millrace/models'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const named = (name: string) =>
  model({ name, input: z.string(), output: z.string(), runtime: inline({ run: (_, batch: string[]) => batch }) })

it('refuses two models of one name, and says which operations need them', async () => {
  const [one, other] = [named('twin'), named('twin')]
  const app = new App({ logger: false })
  app.get('/one', { deps: { one } }, ({ one }) => one.run('a'))
  app.get('/other', { deps: { other } }, ({ other }) => other.run('b'))
  await expect(app.start()).rejects.toMatchObject({
    name: 'StartupError',
    code: 'duplicate_label',
    message:
      "There are two of 'model twin', one needed by GET /one and one by GET /other: give one of them another name",
  })
})

it('refuses them also where one is needed at start-up alone', async () => {
  const [one, other] = [named('twin'), named('twin')]
  const index = dependency({ scope: 'app', deps: { other } }, ({ other }) => other.run('b'))
  const app = new App({ logger: false })
  app.get('/', { deps: { one, index } }, ({ index }) => index)
  await expect(app.start()).rejects.toMatchObject({ code: 'duplicate_label' })
})

it('takes one model for one, wherever it is needed, and an override in its place', async () => {
  const [one, other] = [named('twin'), named('twin')]
  const index = dependency({ scope: 'app', deps: { one } }, ({ one }) => one.run('a'))
  const app = new App({ logger: false })
  app.get('/', { deps: { one, index } }, ({ index }) => index)
  app.get('/other', { deps: { other } }, ({ other }) => other.run('b'))
  const changed = app.with({ overrides: [[other, () => one]] })
  onTestFinished(() => changed.stop())
  expect(await (await changed.request('/')).text()).toBe('a')
})
