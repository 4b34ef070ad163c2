import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { filesOf } from './support/files.ts'

const root = fileURLToPath(new URL('../src/', import.meta.url))

/** The way of a request. A stage imports only what stands before it. */
const stages = ['serve', 'match', 'input', 'check', 'depend', 'run', 'reply']
/** What every part may use. */
const common = ['plan', 'errors']
/** What stands in no folder, and may be used wherever Node is. */
const anywhere = ['packageFiles.ts', 'nodeModules.ts']
/** Parts beside the way, and the parts that each may import. */
const wings: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  plan: ['errors'],
  // These three put the stages together; what they import of each other goes one way.
  register: [...common, 'depend', 'middleware'],
  compile: [...common, ...stages, 'register', 'describe', 'socket', 'client'],
  app: [...common, ...stages, 'register', 'compile', 'describe', 'socket', 'command', 'compat'],
  describe: common,
  middleware: [...common, 'serve', 'input', 'run', 'reply'],
  // The client and its tests take only types from the rest: nothing of the server is shipped to a browser.
  client: [],
  testing: ['client'],
  context: [...common, 'input'],
  settings: [...common, 'serve', 'check'],
  templates: [...common, 'input'],
  command: [...common, 'serve', 'input', 'check', 'depend', 'run'],
  socket: [...common, 'serve', 'input', 'check', 'depend', 'run', 'reply'],
  models: [...common, 'serve', 'input', 'check', 'depend'],
  sessions: [...common, 'serve', 'input', 'check', 'depend'],
  security: [...common, 'serve', 'input', 'check', 'depend'],
  // A profile has a part for each stage, and one for the document.
  compat: [...common, ...stages, 'describe'],
  // Of `input` the log, which `dev` shows its own way.
  cli: [...common, 'input', 'serve', 'describe', 'models', 'command', 'testing'],
}
/** Only the transports may know how bytes travel. */
const transportModules = ['node:http', 'node:https', 'node:http2', 'node:net', 'node:tls', 'node:cluster']

interface Import {
  readonly from: string
  readonly to: string
  readonly isType: boolean
}

/** Every import and re-export of a source text. */
function importsOf(source: string): { specifier: string; isType: boolean }[] {
  const found: { specifier: string; isType: boolean }[] = []
  const statement = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/g
  for (const [, type, specifier] of source.matchAll(statement))
    found.push({ specifier: specifier as string, isType: type !== undefined })
  for (const [, specifier] of source.matchAll(/(?:import|getBuiltinModule)\(\s*['"]([^'"]+)['"]/g))
    found.push({ specifier: specifier as string, isType: false })
  return found
}

const all: Import[] = filesOf(root, /\.ts$/).flatMap((file) =>
  importsOf(readFileSync(file, 'utf8')).map(({ specifier, isType }) => ({
    from: relative(root, file),
    to: specifier.startsWith('.') ? relative(root, resolve(dirname(file), specifier)) : specifier,
    isType,
  })),
)

const folderOf = (path: string) =>
  path.includes('/') && !path.startsWith('node:') ? (path.split('/')[0] as string) : ''
const isOurs = ({ to }: Import) => to.endsWith('.ts') && !anywhere.includes(to)
const tell = ({ from, to }: Import) => `${from} imports ${to}`

it('finds the imports', () => {
  const sample =
    "import a from 'x'\nimport type { B } from './b.ts'\nexport { c } from './c.ts'\nimport './d.ts'\nawait import('./e.ts')\nprocess.getBuiltinModule('node:f')\n"
  expect(importsOf(sample)).toEqual([
    { specifier: 'x', isType: false },
    { specifier: './b.ts', isType: true },
    { specifier: './c.ts', isType: false },
    { specifier: './d.ts', isType: false },
    { specifier: './e.ts', isType: false },
    { specifier: 'node:f', isType: false },
  ])
  expect(all.length).toBeGreaterThan(100)
})

it('has a rule for every folder', () => {
  const folders = new Set(filesOf(root, /\.ts$/).map((file) => folderOf(relative(root, file))))
  expect([...folders].filter((folder) => folder !== '' && !stages.includes(folder) && !(folder in wings))).toEqual([])
})

it('lets a stage import only plan, errors and the stages before it', () => {
  const wrong = all.filter((one) => {
    const stage = stages.indexOf(folderOf(one.from))
    if (stage < 0 || !isOurs(one)) return false
    return ![...common, ...stages.slice(0, stage + 1)].includes(folderOf(one.to))
  })
  expect(wrong.map(tell)).toEqual([])
})

it('lets the wings import only what they are given', () => {
  const wrong = all.filter((one) => {
    const from = folderOf(one.from)
    const allowed = wings[from]
    if (!allowed || !isOurs(one)) return false
    // Types are gone when the code runs; the public ones may be named anywhere but in plan and errors.
    if (one.isType && from !== 'plan' && from !== 'errors') return false
    return ![...allowed, from].includes(folderOf(one.to))
  })
  expect(wrong.map(tell)).toEqual([])
})

it('lets only serve import transport modules', () => {
  const wrong = all.filter((one) => transportModules.includes(one.to) && folderOf(one.from) !== 'serve')
  expect(wrong.map(tell)).toEqual([])
})

it('keeps Node out of the client', () => {
  const wrong = all.filter(
    (one) => folderOf(one.from) === 'client' && (one.to.startsWith('node:') || anywhere.includes(one.to)),
  )
  expect(wrong.map(tell)).toEqual([])
})

it('has no barrel files inside', () => {
  const barrels = filesOf(root, /index\.ts$/).map((file) => relative(root, file))
  expect(
    barrels.filter(
      (file) =>
        ![
          'index.ts',
          'client/index.ts',
          'compat/index.ts',
          'context/index.ts',
          'models/index.ts',
          'security/index.ts',
          'sessions/index.ts',
          'templates/index.ts',
          'testing/index.ts',
        ].includes(file),
    ),
  ).toEqual([])
})
