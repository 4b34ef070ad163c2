import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ChildLogger } from '../../input/log.ts'
import { packageFile } from '../../packageFiles.ts'
import { factoryOf, type RuntimeFactory } from '../runtime.ts'
import { PythonWorker } from './pythonWorker.ts'
import { checkSupervision, type OpenWorker, SupervisedRuntime, type SupervisionOptions } from './supervised.ts'

/** How Python processes run a model. */
export interface PythonOptions extends SupervisionOptions {
  /** Default: that of `venv`, else of the environment that is active (`VIRTUAL_ENV`), else `python3`. */
  readonly interpreter?: string
  /** The folder of a virtual environment. */
  readonly venv?: string
  readonly cwd?: string
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

const runner = fileURLToPath(packageFile('python/runner.py'))

/**
 * Runs a model in Python processes of its own. The file defines a class `Model` with `load(self)`,
 * `run(self, batch)` and `stream(self, item)`, of which `run` or `stream` is needed; nothing has to be
 * installed for Millrace on that side. Typed arrays and {@link Tensor}s arrive as NumPy arrays, or as
 * `array.array` where NumPy is not installed, and come back as typed arrays and tensors.
 *
 * What the model prints goes to the log. A process that ends is started again; one that hangs is ended.
 *
 * @example
 * model({ name: 'digits', runtime: python(new URL('./model.py', import.meta.url), { venv: '.venv' }), … })
 */
export function python<I = unknown, O = unknown>(
  file: URL | string,
  options: PythonOptions = {},
): RuntimeFactory<I, O> {
  checkSupervision('python()', options)
  const path = file instanceof URL ? fileURLToPath(file) : file
  const interpreter = options.interpreter ?? interpreterOf(options.venv ?? process.env['VIRTUAL_ENV'])
  return factoryOf(
    'python',
    (host) => {
      const open: OpenWorker = (lane, onExit) =>
        new PythonWorker(
          {
            interpreter,
            runner,
            model: path,
            cwd: options.cwd,
            env: options.env ?? {},
            log: new ChildLogger(host.log, { model: host.name, lane }),
          },
          onExit,
        )
      return new SupervisedRuntime<I, O>('python', open, options, host)
    },
    file,
  )
}

function interpreterOf(venv: string | undefined): string {
  return venv === undefined ? 'python3' : join(venv, 'bin', 'python')
}
