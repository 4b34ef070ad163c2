import { App } from 'millrace'
import { embed } from 'millrace/compat'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { readRecorded } from './support/recorded.ts'
import { describeTransports } from './support/serve.ts'

/** What FastAPI 0.142.2 with pydantic 2.13.5 answers, recorded by fixtures/fastapi/values.py. */
type Recorded = [
  method: string,
  path: string,
  body: string | null,
  contentType: string | null,
  status: number,
  answer: unknown,
]

const recorded = readRecorded<Recorded>('fastapi/values.jsonl')

const Cat = z.object({ kind: z.literal('cat'), lives: z.int() }).meta({ id: 'Cat' })
const Dog = z.object({ kind: z.literal('dog'), weight: z.number().default(1) }).meta({ id: 'Dog' })
const Node: z.ZodType = z
  .object({
    name: z.string().min(1),
    get children() {
      return z.array(Node).default([])
    },
  })
  .meta({ id: 'Node' })

/** The types of values.py, by the same names. */
const types: Readonly<Record<string, z.ZodType>> = {
  int: z.int(),
  float: z.number(),
  bool: z.boolean(),
  str: z.string(),
  color: z.enum(['red', 'blue']),
  level: z.enum({ low: 1, high: 2 }),
  literal: z.literal(['a', 'b']),
  one: z.literal("it's"),
  bounded: z.int().gt(0).lte(10),
  multiple: z.int().multipleOf(5),
  ratio: z.number().gte(0.5).lt(1),
  name: z.string().min(3).max(5).regex(/^a/),
  ints: z.array(z.int()),
  few: z.array(z.int()).min(1).max(2),
  pair: z.tuple([z.int(), z.string()]),
  scores: z.record(z.string(), z.int()),
  weights: z.record(z.int(), z.number()),
  cat: Cat,
  strict: z.strictObject({ a: z.int() }),
  node: Node,
  checked: z.object({ even: z.int().refine((value) => value % 2 === 0, 'must be even'), other: z.int() }),
  maybe: z.int().nullable(),
  either: z.union([z.int(), z.string()]),
  number_or_list: z.union([z.int(), z.array(z.int())]),
  animal: z.union([Cat, Dog]),
  tagged: z.array(z.discriminatedUnion('kind', [Cat, Dog])),
  animals: z.array(z.union([Cat, Dog])),
  bool_or_name: z.union([z.boolean(), z.string().min(3)]),
  uuid: z.guid(),
  url: z.url({ protocol: /^https?$/ }),
  email: z.email(),
  datetime: z.iso.datetime({ local: true, offset: true }),
  date: z.iso.date(),
  time: z.iso.time(),
  duration: z.iso.duration(),
  ipv4: z.ipv4(),
  ipv6: z.ipv6(),
  any: z.any(),
}

// Python has values of a type of its own for these, and writes them in its own form.
const ownForm = /\/(datetime|date|time|duration|url)\b/

function port(): App {
  const app = new App({ compat: 'fastapi', logger: false })
  const hasQuery = new Set(recorded.filter(([method]) => method === 'GET').map(([, path]) => path.split('?')[0]))
  for (const [name, type] of Object.entries(types)) {
    app.post(`/body/${name}`, { body: embed(z.object({ value: type })) }, ({ body }) => body)
    app.post(`/whole/${name}`, { body: type }, ({ body }) => ({ value: body }))
    const query = z.object({ value: name === 'few' ? type.default([7]) : type })
    if (hasQuery.has(`/query/${name}`)) app.get(`/query/${name}`, { query }, ({ query: own }) => own)
  }
  return app
}

describeTransports('compat: fastapi', (serve) => {
  it.each(Object.keys(types))('takes and refuses each value as pydantic does: %s', async (name) => {
    const { request } = await serve(port())
    for (const [method, path, body, contentType, status, answer] of recorded) {
      if (path.split(/[/?]/)[2] !== name) continue
      const headers = contentType === null ? {} : { 'content-type': contentType }
      const response = await request(path, { method, headers, ...(body === null ? {} : { body: Buffer.from(body) }) })
      const asked = `${method} ${path} ${body ?? ''}`
      expect([asked, response.status], await response.clone().text()).toEqual([asked, status])
      if (status === 200 && ownForm.test(path)) continue
      // By its text: the order of keys counts, and 1 is not "1".
      expect(`${asked} ${JSON.stringify(await response.json())}`).toBe(`${asked} ${JSON.stringify(answer)}`)
    }
  })
})
