import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'

const run = promisify(execFile)
const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
}
/** Holds the package as npm publishes it, built before (`npm run build`), and what it depends on. */
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-packed-'))
  const modules = join(folder, 'node_modules')
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root })
  await mkdir(join(modules, 'millrace'), { recursive: true })
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, { readonly filename: string }>)
  await run('tar', ['-xzf', packed?.filename ?? '', '-C', join(modules, 'millrace'), '--strip-components=1'], {
    cwd: folder,
  })
  for (const name of [...Object.keys(manifest.dependencies), 'ws', 'zod']) await link(name, modules)
  await cp(new URL('fixtures/packed', import.meta.url), folder, { recursive: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Puts a package where the packed one finds it. */
async function link(name: string, modules: string): Promise<void> {
  const require = createRequire(join(root, 'package.json'))
  const found = require.resolve.paths(name)?.map((parent) => join(parent, name)) ?? []
  for (const source of found)
    if (await readFile(join(source, 'package.json')).catch(() => undefined)) {
      await mkdir(dirname(join(modules, name)), { recursive: true })
      await symlink(source, join(modules, name), 'junction')
      return
    }
  throw new Error(`${name} is not installed`)
}

/** What a program of the folder prints, as JSON. */
async function printed(program: string): Promise<unknown> {
  const { stdout, stderr } = await run(process.execPath, [program], { cwd: folder })
  expect(stderr).toBe('')
  return JSON.parse(stdout)
}

it('exports every entry, and the same classes from each', async () => {
  const entries = Object.keys(manifest.exports).map((name) => name.replace('.', 'millrace'))
  expect(await printed('exports.js')).toEqual({
    entries: entries.filter((name) => !name.endsWith('package.json')),
    shared: { errorOfModels: true, errorOfCompat: true, startupErrorOfSessions: true, guardIsDependency: true },
  })
})

it('holds its licence', async () => {
  const licence = (path: string) => readFile(path, 'utf8')
  expect(await licence(join(folder, 'node_modules/millrace/LICENSE'))).toBe(await licence('LICENSE'))
})

it('loads few files, and of what the app does not use none', async () => {
  const { own, afterListening, modulesOfNode } = (await printed('files.js')) as Record<string, string[]>
  expect(own).toEqual(['client.js', 'core.js', 'errors.js', 'index.js', 'packageFiles.js'])
  // The transport.
  expect(afterListening).toEqual(['listenNet.js'])
  // What takes longest of all to load, and comes along with `import 'node:http'` and the like.
  expect(modulesOfNode?.filter((name) => /undici|webstreams|http|tls|crypto|zlib|fs\/promises/.test(name))).toEqual([])
})

it('serves operations, a model in a thread, a WebSocket and its documentation', async () => {
  expect(await printed('app.js')).toEqual({
    double: { n: 42 },
    invalid: 422,
    score: 2,
    echo: 'HELLO',
    document: ['/double', '/scores', '/echo'],
    docs: [200, 'text/html; charset=utf-8'],
    script: [200, 'text/javascript; charset=utf-8'],
    upload: 5,
  })
})

it('has a command line', async () => {
  const { stdout } = await run(process.execPath, ['node_modules/millrace/bin/millrace.js', 'routes', 'hello.js'], {
    cwd: folder,
  })
  expect(stdout).toContain('hello')
  const { stdout: version } = await run(process.execPath, ['node_modules/millrace/bin/millrace.js', '--version'], {
    cwd: folder,
  })
  expect(version.trim()).toBe((manifest as unknown as { version: string }).version)
})

it('names functions and files of its source where a stack is read with source maps', async () => {
  const { stdout } = await run(process.execPath, ['--enable-source-maps', 'stack.js'], { cwd: folder })
  expect(stdout).toMatch(/at FetchTransport\.answer \(.*node_modules\/millrace\/src\/serve\/fetch\.ts:\d+:\d+\)/)
})

it('has declarations that need no package which is optional', async () => {
  const typed = await mkdtemp(join(tmpdir(), 'millrace-typed-'))
  onTestFinished(() => rm(typed, { recursive: true, force: true }))
  const modules = join(typed, 'node_modules')
  await cp(join(folder, 'node_modules', 'millrace'), join(modules, 'millrace'), { recursive: true })
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) await link(name, modules)
  const entries = Object.keys(manifest.exports).filter((name) => !name.endsWith('.json'))
  const lines = entries.map((name, index) => `export * as entry${index} from '${name.replace('.', 'millrace')}'`)
  await writeFile(join(typed, 'all.ts'), lines.join('\n'))
  await writeFile(join(typed, 'package.json'), '{ "type": "module" }')
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
  }
  await writeFile(join(typed, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['all.ts'] }))
  const require = createRequire(join(root, 'package.json'))
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  const { stdout } = await run(process.execPath, [compiler, '-p', typed]).catch((error: { stdout: string }) => error)
  expect(stdout).toBe('')
}, 60_000)
