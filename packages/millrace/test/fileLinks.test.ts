import { renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { App, sendFile, staticFiles } from 'millrace'
import { afterEach, expect, it, vi } from 'vitest'
import { describeTransports } from './support/serve.ts'
import { ask, folder, write } from './support/servedFiles.ts'

/** Called between the look at a path and the opening of its file. */
let meanwhile: (() => void) | undefined

vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>()
  const realpath = async (path: string) => {
    const real = await actual.realpath(path)
    if (real.endsWith('page.txt')) meanwhile?.()
    return real
  }
  return { ...actual, realpath }
})

afterEach(() => {
  meanwhile = undefined
})

describeTransports('a file whose place a link has taken since it was looked for', (serve) => {
  it('is not there', async () => {
    const app = new App()
    app.mount('/static', staticFiles({ directory: folder }))
    app.get('/sent/*name', ({ params }) => sendFile(params.name, { root: folder }))
    const served = await serve(app)
    const secret = write('secret.key', 'secret')
    for (const path of ['/static/page.txt', '/sent/page.txt']) {
      write('page.txt', 'page')
      expect(await ask(served, path)).toEqual({ status: 200, body: 'page' })
      meanwhile = () => {
        symlinkSync(secret, join(folder, 'link'))
        renameSync(join(folder, 'link'), join(folder, 'page.txt'))
      }
      expect(await ask(served, path)).toMatchObject({ status: 404 })
      meanwhile = undefined
      renameSync(write('again.txt', 'page'), join(folder, 'page.txt'))
    }
  })
})
