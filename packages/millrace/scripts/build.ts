import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)
const folderOf = (name: string): string => dirname(require.resolve(`${name}/package.json`))

rmSync(join(root, 'dist'), { recursive: true, force: true })
execFileSync(process.execPath, [join(folderOf('typescript'), 'bin', 'tsc'), '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
})

// Swagger UI and ReDoc go into the package, so that the docs pages work offline and under a strict Content-Security-Policy.
const assets: Record<string, readonly string[]> = {
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
for (const [name, files] of Object.entries(assets)) {
  const target = join(root, 'assets', name)
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  for (const file of files) cpSync(join(folderOf(name), file), join(target, file.split('/').at(-1) as string))
}
