/** What a framework's fixtures are made of: the same operations, each with schemas of its own. */
export interface Fixtures {
  readonly name: string
  /** Where they are written, so that its packages are found: relative to this folder. */
  readonly folder: string
  readonly imports: string
  /** A file that declares operations and exports what its client needs. */
  readonly declare: (count: number) => string
  /** A file that calls the first few of them by the framework's typed client; `from` is the file above. */
  readonly call: (from: string, calls: number) => string
}

const repeat = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('')

const zodBody = (index: number) => `z.object({ text: z.string().min(1).max(2000), n${index}: z.number() })`
const typeboxBody = (index: number) =>
  `t.Object({ text: t.String({ minLength: 1, maxLength: 2000 }), n${index}: t.Number() })`
const result = (index: number) => `{ label: body.text, score: 1, m${index}: body.n${index} }`

const zodImport = "import { z } from 'zod'\n"
const honoImports = `import { zValidator } from '@hono/zod-validator'\nimport { Hono } from 'hono'\n${zodImport}`
const elysiaImports = "import { Elysia, t } from 'elysia'\n"

const honoRoute = (index: number) => `post('/op${index}/:id', zValidator('json', ${zodBody(index)}), (c) => {
  const body = c.req.valid('json')
  return c.json(${result(index)})
})`
const elysiaRoute = (index: number) => `post('/op${index}/:id', ({ body }) => (${result(index)}), {
  body: ${typeboxBody(index)},
  response: t.Object({ label: t.String(), score: t.Number(), m${index}: t.Number() }),
})`

export const fixtures: readonly Fixtures[] = [
  {
    name: 'millrace',
    folder: './',
    imports: `import { App } from 'millrace'\n${zodImport}export const app = new App()\n`,
    declare: (count) =>
      repeat(
        count,
        (index) => `export const op${index} = app.post('/op${index}/:id', {
  body: ${zodBody(index)},
  response: z.object({ label: z.string(), score: z.number(), m${index}: z.number() }),
}, ({ body }) => (${result(index)}))
`,
      ),
    call: (from, calls) => `import { createClient } from 'millrace/client'
import type * as api from './${from}'
const client = createClient<typeof api>({ baseUrl: '' })
${repeat(calls, (index) => `export const label${index}: string = (await client.post('/op${index}/:id', { params: { id: 'a' }, body: { text: 'a', n${index}: 1 } })).label\n`)}`,
  },
  {
    // The client of Hono needs one chain, whose type has every operation in it.
    name: 'hono',
    folder: './',
    imports: honoImports,
    declare: (count) => `export const app = new Hono()${repeat(count, (index) => `\n  .${honoRoute(index)}`)}\n`,
    call: (from, calls) => `import { hc } from 'hono/client'
import type { app } from './${from}'
const client = hc<typeof app>('')
${repeat(calls, (index) => `const reply${index} = await client.op${index}[':id'].$post({ param: { id: 'a' }, json: { text: 'a', n${index}: 1 } })\nexport const label${index}: string = reply${index}.ok ? (await reply${index}.json()).label : ''\n`)}`,
  },
  {
    name: 'elysia',
    folder: '../peers/',
    imports: elysiaImports,
    declare: (count) => `export const app = new Elysia()${repeat(count, (index) => `\n  .${elysiaRoute(index)}`)}\n`,
    call: (from, calls) => `import { treaty } from '@elysiajs/eden'
import type { app } from './${from}'
const client = treaty<typeof app>('')
${repeat(calls, (index) => `export const label${index}: string | undefined = (await client.op${index}({ id: 'a' }).post({ text: 'a', n${index}: 1 })).data?.label\n`)}`,
  },
]
