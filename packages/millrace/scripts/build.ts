import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildCode } from './buildCode.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const folderOf = (name: string): string => dirname(require.resolve(`${name}/package.json`))

// Beside the old one until it is whole, so that nothing runs or packs half a build.
const built = join(root, `dist.${process.pid}.tmp`)
const compiler = join(folderOf('typescript'), 'bin', 'tsc')
try {
  execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', built], {
    stdio: 'inherit',
  })
  await buildCode(root, built)
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  renameSync(built, join(root, 'dist'))
} catch (error) {
  rmSync(built, { recursive: true, force: true })
  // The compiler itself has said why.
  if (!('status' in (error as object))) console.error(error)
  process.exit(1)
}

// Swagger UI and ReDoc go into the package, so that the docs pages work offline and under a strict Content-Security-Policy.
const viewers: Record<string, readonly string[]> = {
  'swagger-ui-dist': [
    'swagger-ui-bundle.js',
    'swagger-ui.css',
    'favicon-32x32.png',
    'oauth2-redirect.js',
    'LICENSE',
    'NOTICE',
  ],
  redoc: ['bundles/redoc.standalone.js', 'bundles/redoc.standalone.js.LICENSE.txt', 'LICENSE'],
}
const assets = join(root, 'assets')
rmSync(assets, { recursive: true, force: true })
for (const [name, files] of Object.entries(viewers)) {
  mkdirSync(join(assets, name), { recursive: true })
  for (const file of files) cpSync(join(folderOf(name), file), join(assets, name, basename(file)))
}
for (const name of ['document.js', 'swagger-initializer.js', 'redoc-initializer.js'])
  cpSync(join(root, 'src', 'describe', 'browser', name), join(assets, name))

// The documentation goes along, for programs that write code: they read it where the package is installed.
const references = join(root, '.agents', 'skills', 'millrace', 'references')
const docs = join(root, '..', '..', 'docs')
rmSync(references, { recursive: true, force: true })
mkdirSync(references)
for (const name of readdirSync(docs).filter((name) => name.endsWith('.md') && name !== 'README.md'))
  cpSync(join(docs, name), join(references, name))

// ReDoc's one picture comes from another host, which the policy of the page forbids: an empty one takes its place.
const picture = 'https://cdn.redoc.ly/redoc/logo-mini.svg'
const bundle = join(assets, 'redoc', 'redoc.standalone.js')
const source = readFileSync(bundle, 'utf8')
if (!source.includes(picture)) throw new Error(`ReDoc no longer has ${picture}: see what it loads now, and change this`)
writeFileSync(
  bundle,
  source.replaceAll(picture, 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='),
)
