import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { WorkerOptions } from 'node:worker_threads'
import { factoryOf, type RuntimeFactory } from '../runtime.ts'
import { checkSupervision, type OpenWorker, SupervisedRuntime, type SupervisionOptions } from './supervised.ts'
import { ThreadWorker } from './threadWorker.ts'

/** How worker threads run a model. */
export interface WorkersOptions extends SupervisionOptions {
  /** Cores that one thread may use for itself, passed to `load`. Default: the machine's, shared out. */
  readonly threads?: number
  /** Limits of a thread's memory (`node:worker_threads`). */
  readonly resourceLimits?: WorkerOptions['resourceLimits']
}

/**
 * Runs a model in worker threads of its own, so that what it computes holds up no request.
 *
 * @param module the URL of a module whose default export is made by `defineModel()`. After a build, where the name
 *   ends in `.ts` and only its `.js` is there, that is taken
 *
 * @example
 * model({ name: 'embed', runtime: workers(new URL('./embed.model.ts', import.meta.url), { count: 2 }), … })
 */
export function workers<I = unknown, O = unknown>(
  module: URL | string,
  options: WorkersOptions = {},
): RuntimeFactory<I, O> {
  checkSupervision('workers()', options)
  const { count = 1, resourceLimits } = options
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / count))
  const source = builtOf(String(module))
  return factoryOf(
    'workers',
    (host) => {
      const open: OpenWorker = (lane, onExit) =>
        new ThreadWorker(
          { module: source, lane, threads },
          { name: `${host.name} ${lane}`, ...(resourceLimits ? { resourceLimits } : {}) },
          host,
          onExit,
        )
      return new SupervisedRuntime<I, O>('workers', open, options, host)
    },
    source,
  )
}

/** A compiler rewrites what is imported, but not the name in a URL. */
function builtOf(module: string): string {
  if (!/^file:.*\.[cm]?ts$/.test(module) || existsSync(new URL(module))) return module
  const built = module.replace(/ts$/, 'js')
  return existsSync(new URL(built)) ? built : module
}
