import { expect, it } from 'vitest'
import { app as configure001 } from '../apps/configure_swagger_ui/tutorial001.ts'
import { app as configure002 } from '../apps/configure_swagger_ui/tutorial002.ts'
import { app as configure003 } from '../apps/configure_swagger_ui/tutorial003.ts'
import { app as customDocs002 } from '../apps/custom_docs_ui/tutorial002.ts'
import { app as metadata003 } from '../apps/metadata/tutorial003.ts'
import { describePort, type PortAnswer } from './support/ports.ts'

/** What a page tells its viewer. */
function optionsOf({ text }: PortAnswer): unknown {
  const [, options = ''] = /data-options="([^"]*)"/.exec(text) ?? []
  return JSON.parse(options.replaceAll('&quot;', '"'))
}

describePort('docs pages', (open) => {
  it.each([
    ['001', configure001, { syntaxHighlight: false }],
    ['002', configure002, { syntaxHighlight: { theme: 'obsidian' } }],
    ['003', configure003, { deepLinking: false }],
  ])('configure_swagger_ui.tutorial%s tells Swagger UI its options', async (_number, app, options) => {
    const ask = await open(app)
    expect(optionsOf(await ask('GET', '/docs'))).toEqual({ options })
  })

  it('custom_docs_ui.tutorial002 loads nothing from elsewhere', async () => {
    const ask = await open(customDocs002)
    for (const path of ['/docs', '/docs/oauth2-redirect', '/redoc']) {
      const { status, text } = await ask('GET', path)
      expect([status, /(?:src|href)="(?:https?:)?\/\//.test(text)]).toEqual([200, false])
    }
  })

  it('metadata.tutorial003 moves one page and leaves the other out', async () => {
    const ask = await open(metadata003)
    expect((await ask('GET', '/documentation')).text).toContain('data-openapi="./openapi.json"')
    expect(await ask('GET', '/docs')).toMatchObject({ status: 404, json: { detail: 'Not Found' } })
    expect(await ask('GET', '/redoc')).toMatchObject({ status: 404, json: { detail: 'Not Found' } })
  })
})
