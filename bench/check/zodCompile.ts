import { createRequire } from 'node:module'
import { predictAnswer, predictBody } from '../http/schemas.ts'
import { workloads } from '../http/workloads.ts'
import { figure } from '../report/figure.ts'

// What zod's generated code gives for the schemas of W2, on the way that millrace takes: `~standard.validate`
// of what `z.compile` made, with the zod that `require` finds.
const zod: { compile: (schema: Checked) => Checked } = createRequire(import.meta.url)('zod')

type Checked = { readonly '~standard': { readonly validate: (value: unknown) => unknown } }

const { request, expected } = workloads.find(({ name }) => name === 'W2') as (typeof workloads)[number]
const cases: [string, Checked, unknown][] = [
  ['body of W2', predictBody, JSON.parse(request.body as string)],
  ['answer of W2', predictAnswer, expected],
]

console.log('| | plain ns | compiled ns | times as fast |\n|---|---|---|---|')
for (const [name, schema, value] of cases) {
  const plain = nanoseconds(schema, value)
  const compiled = nanoseconds(zod.compile(schema), value)
  console.log(`| ${name} | ${Math.round(plain)} | ${Math.round(compiled)} | ${(plain / compiled).toFixed(1)} |`)
}

/** The least of 50 slices: what other work on the machine adds is left out. */
function nanoseconds(schema: Checked, value: unknown): number {
  const { validate } = schema['~standard']
  const slices = Array.from({ length: 60 }, () => {
    const start = process.hrtime.bigint()
    for (let turn = 0; turn < 10_000; turn++) validate(value)
    return Number(process.hrtime.bigint() - start) / 10_000
  })
  return figure(slices.slice(10)).min
}
