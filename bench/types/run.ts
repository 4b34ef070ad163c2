import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { install } from '../http/install.ts'
import { servers } from '../http/servers.ts'
import { optionsOf } from '../process/options.ts'
import { machine, machineLine } from '../report/machine.ts'
import { table } from '../report/table.ts'
import { versionOf } from '../report/versions.ts'
import { type Compiled, compile } from './compile.ts'
import { type Fixtures, fixtures } from './fixtures.ts'

// How much the compiler works for typed operations and their typed client, over what importing the packages and a first operation cost.
const values = optionsOf({
  count: { type: 'string', multiple: true, default: ['100', '500'] },
  framework: { type: 'string', multiple: true },
})
const where = machine()
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const isThere = await install(
  servers.filter(({ name }) => name === 'elysia'),
  (line) => console.error(line),
)
const measured = fixtures.filter(
  ({ name }) => (values.framework ?? [name]).includes(name) && (name !== 'elysia' || isThere.length > 0),
)

interface TypesRow {
  readonly framework: string
  readonly operations: number
  /** Over the imports and one operation: to declare the operations, and then to make a client and call one of them. */
  readonly declare: Compiled
  readonly firstCall: Compiled
  /** Each of ten further calls. */
  readonly furtherCall: number
}

const rows: TypesRow[] = []
for (const framework of measured)
  for (const operations of values.count.map(Number)) {
    const row = await measure(framework, operations)
    rows.push(row)
    console.error(`${framework.name}, ${operations}: ${JSON.stringify(row)}`)
  }

const version = (name: string) => `${name} ${versionOf(name, here('../peers/'))}`
const names = ['typescript', 'millrace', 'zod', 'hono', ...(isThere.length > 0 ? ['elysia', '@elysiajs/eden'] : [])]
const versions = names.map(version)
writeFileSync(here('../results/types.json'), `${JSON.stringify({ ...where, versions, rows }, null, 2)}\n`)
const thousands = (value: number) => (Number.isNaN(value) ? '–' : Math.round(value).toLocaleString('en'))
const head = ['framework', 'operations', 'to declare', 's', 'MB', 'first call of the client', 'each further call', '']
const cells = rows.map(({ framework, operations, declare, firstCall, furtherCall }) => [
  framework,
  String(operations),
  thousands(declare.instantiations),
  declare.seconds.toFixed(1),
  declare.memoryMb.toFixed(0),
  thousands(firstCall.instantiations),
  thousands(furtherCall),
  declare.error ?? firstCall.error ?? '',
])
console.log(`\n${machineLine(where)}  \n${versions.join(', ')}\n\n${table(head, cells)}`)

async function measure(framework: Fixtures, operations: number): Promise<TypesRow> {
  const { name, imports, declare, call } = framework
  const api = `${name}.api.tmp.ts`
  const sources: readonly (readonly [string, string])[] = [
    [`${name}.imports.tmp.ts`, `${imports}${declare(1)}`],
    [api, imports + declare(operations)],
    [`${name}.none.tmp.ts`, call(api, 0)],
    [`${name}.one.tmp.ts`, call(api, 1)],
    [`${name}.more.tmp.ts`, call(api, 11)],
  ]
  for (const [file, source] of sources) writeFileSync(here(framework.folder + file), source)
  const found: Compiled[] = []
  try {
    for (const [file] of sources) {
      // What the compiler does not get through on its own, it does not with a client either.
      const whole = found[1]
      found.push(whole && Number.isNaN(whole.instantiations) ? whole : await compileFile(framework, file))
    }
  } finally {
    for (const [file] of sources) rmSync(here(framework.folder + file), { force: true })
  }
  const [base, whole, none, one, more] = found as [Compiled, Compiled, Compiled, Compiled, Compiled]
  const over = (own: Compiled, other: Compiled) => ({
    ...own,
    instantiations: own.instantiations - other.instantiations,
  })
  return {
    framework: name,
    operations,
    declare: over(whole, base),
    firstCall: over(one, none),
    furtherCall: (more.instantiations - one.instantiations) / 10,
  }
}

async function compileFile({ folder }: Fixtures, file: string): Promise<Compiled> {
  const project = here(`${folder}tsconfig.tmp.json`)
  const config = { extends: '../../tsconfig.json', include: [], exclude: [], files: [file] }
  writeFileSync(project, JSON.stringify(config))
  try {
    return await compile(project)
  } finally {
    rmSync(project, { force: true })
  }
}
