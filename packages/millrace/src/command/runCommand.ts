import { type AppValues, bindNames, compileResolvers } from '../depend/resolver.ts'
import { StartupError } from '../errors/StartupError.ts'
import { RequestContext } from '../input/context.ts'
import type { ContextHost } from '../input/contextHost.ts'
import { runWithin } from '../input/runWithin.ts'
import type { PlanDefaults } from '../plan/definition.ts'
import { inheritedFrom } from '../plan/inherited.ts'
import { makePlan } from '../plan/makePlan.ts'
import { readPath } from '../plan/path.ts'
import type { Plan } from '../plan/plan.ts'
import { compileCore } from '../run/core.ts'
import { finish } from '../run/finish.ts'
import { Answer } from '../serve/answer.ts'
import type { Exchange } from '../serve/exchange.ts'
import type { AppCommand } from './command.ts'

/** What a run of a command takes from its app and from who runs it. */
export interface CommandRun {
  readonly appValues: AppValues
  readonly host: ContextHost
  readonly print: (text: string) => void
  readonly signal: AbortSignal | undefined
}

/**
 * The plan of a command: only its dependencies are looked at.
 *
 * @throws {StartupError} `malformed_spec` for a dependency that reads inputs
 */
export function planCommand({ name, spec, handler }: AppCommand, defaults: PlanDefaults): Plan {
  const plan = makePlan(
    {
      method: 'COMMAND',
      ...readPath(`/${name.replaceAll(':', '/')}`),
      spec: { deps: spec.deps ?? {}, operationId: name },
      handler,
      inherited: inheritedFrom([]),
    },
    defaults,
  )
  for (const { dependency } of plan.dependencies)
    if (dependency.isSecurity || Object.values(dependency.inputs).some(Boolean))
      throw new StartupError(
        'malformed_spec',
        `The command '${name}' needs '${dependency.label}', which reads inputs of a request: there is none`,
      )
  return plan
}

/** Runs a command as an operation is run: its dependencies, itself, the work after it, and closes what it has opened. */
export async function runCommand(
  plan: Plan,
  args: unknown,
  { appValues, host, print, signal }: CommandRun,
): Promise<unknown> {
  const context = new RequestContext(exchangeOf(plan), host)
  const abort = () => context['~abort'](signal?.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  Object.assign(context, { args, print })
  const { guards, rest } = compileResolvers(plan, appValues)
  let outcome: { readonly result: unknown } | { readonly error: unknown } | undefined
  const core = compileCore({
    preparation: [guards, rest],
    bindNames: bindNames(plan),
    handler: plan.handler,
    swallowed: 'told',
    encode: (result) => {
      outcome = { result }
      return new Answer(204, [], null)
    },
    fromError: (error) => {
      outcome = { error }
      return new Answer(500, [], null, error)
    },
  })
  const run = async () => {
    await core(context)
    await finish(context)
    signal?.removeEventListener('abort', abort)
  }
  await (runWithin()?.(context, run) ?? run())
  if (outcome && 'error' in outcome) throw outcome.error
  return outcome?.result
}

/** Stands for the request that there is not. */
function exchangeOf({ method, path }: Plan): Exchange {
  return {
    method,
    target: path,
    scheme: 'http',
    clientAddress: undefined,
    isUpgrade: false,
    hasBody: false,
    isClosed: false,
    header: () => undefined,
    rawHeaders: () => [],
    body: () => new Uint8Array(),
    bodyStream: () => new ReadableStream({ start: (controller) => controller.close() }),
    onClose: () => undefined,
    send: () => undefined,
  }
}
