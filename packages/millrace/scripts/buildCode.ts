import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { builtins } from './builtins.ts'
import { fewerFiles } from './fewerFiles.ts'
import { licences } from './licences.ts'

/** Programs that threads and processes are started with: they are found by their names (src/packageFiles.ts). */
const programs = [
  'cli/main',
  'cli/child',
  'models/runtimes/workerThread',
  'models/runtimes/llama/llama.model',
  'models/runtimes/onnx/onnx.model',
  'models/runtimes/transformers/transformers.model',
]

/**
 * Builds the code of the package into few files: what is exported and each program at its own place, what several of them
 * share in files beside them. To load `millrace` as one file for each module took three times as long (bench/README.md).
 * Names and docstrings stay as they are, for those who read a stack trace or step through the code.
 *
 * Of the packages that it uses, those that are installed with it (`dependencies`, `peerDependencies`) stay where they are,
 * and the others are built into it.
 */
export async function buildCode(root: string, folder: string): Promise<void> {
  const { exports, dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Manifest
  const packages = Object.keys({ ...dependencies, ...peerDependencies })
  const exported = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.default.replace(/^\.\/dist\/(.*)\.js$/, '$1')],
  )
  const build = await rolldown({
    input: Object.fromEntries([...exported, ...programs].map((name) => [name, join(root, 'src', `${name}.ts`)])),
    platform: 'node',
    tsconfig: false,
    transform: { target: 'node22.12' },
    plugins: [builtins(), fewerFiles(), licences()],
    external: (name) => isBuiltin(name) || packages.some((one) => name === one || name.startsWith(`${one}/`)),
  })
  await build.write({
    dir: folder,
    sourcemap: true,
    minifyInternalExports: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      groups: [
        // Its place counts.
        { name: 'packageFiles', test: /\/src\/packageFiles\.ts$/, priority: 4 },
        // Goes to browsers, where nothing else may come along.
        { name: 'client', test: /\/src\/client\//, priority: 3 },
        // All that threads of models need of the rest.
        { name: 'errors', test: /\/src\/errors\//, priority: 2 },
        // Whatever `millrace` itself needs, in one file: of many small ones each would have to be found and opened.
        { name: 'core', test: /\/src\/index\.ts$/, priority: 1 },
        // And what an app listens with by default.
        { name: 'listenNet', test: /\/src\/serve\/net\/listenNet\.ts$/ },
      ],
    },
  })
  await build.close()
}

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
}
