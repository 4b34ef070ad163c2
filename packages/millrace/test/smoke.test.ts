import { App } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports } from './support/serve.ts'

describeTransports('an app', (serve) => {
  it('answers', async () => {
    const app = new App()
    app.get('/', () => 'hello')
    const { request } = await serve(app)
    const response = await request('/')
    expect([response.status, await response.text()]).toEqual([200, 'hello'])
  })
})
