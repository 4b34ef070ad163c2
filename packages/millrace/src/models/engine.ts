import { jsonLogger } from '../input/log.ts'
import { Dependency } from '../plan/dependency.ts'
import type { Schema } from '../plan/schema.ts'
import { queueDefaults } from './defaults.ts'
import type { ModelOptions } from './modelOptions.ts'
import type { ModelService } from './modelService.ts'
import { Service } from './service.ts'
import { hasModelHost } from './shared/hostChannel.ts'
import { RemoteService } from './shared/remoteService.ts'
import { unlessAborted } from './unlessAborted.ts'

/** Here, or in the parent of this process where that has the models. */
export function serviceOf(options: ModelOptions<Schema, Schema>): ModelService {
  const log = options.log ?? jsonLogger
  if (!hasModelHost()) return new Service<unknown, unknown>({ ...options, log })
  const { name, queue } = options
  return new RemoteService({ name, deadlineMs: queue?.deadlineMs ?? queueDefaults.deadlineMs, log })
}

/** The part of a model that lives as long as the app, or the last of the apps that share it. */
export function engineOf(service: ModelService, { name, load = 'start' }: ModelOptions<Schema, Schema>): Dependency {
  let apps = 0
  return new Dependency({
    make: async function* ({ signal }: { readonly signal: AbortSignal }) {
      apps++
      try {
        // An app that is stopped meanwhile wants no model any more; others that share it may.
        if (load === 'start') await unlessAborted(service.open(), signal)
        else service.allow?.()
        yield service
      } finally {
        apps--
        if (apps === 0) await service.close()
      }
    },
    scope: 'app',
    guard: false,
    inputs: { params: undefined, query: undefined, headers: undefined, cookies: undefined },
    deps: {},
    label: `model ${name}`,
    isReady: () => service.isServing(),
    isUnique: true,
  })
}
