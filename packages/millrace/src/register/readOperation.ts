import { refuseReservedNames } from '../depend/dependency.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { Callable } from '../plan/dependency.ts'
import { joinPath, parsePath, type Segment } from '../plan/path.ts'
import { type HttpMethod, httpMethods, type Spec } from './operation.ts'
import type { SocketSpec } from './socketOperation.ts'
import { refuseUnknownKeys } from './specKeys.ts'

/** What was given for an operation. */
export interface Given {
  /** With the prefix of its router. */
  readonly path: string
  readonly segments: readonly Segment[]
  readonly spec: Spec | SocketSpec
  readonly handler: Callable
}

/**
 * Reads what was given for an operation: path, spec, handler; or path and handler alone.
 *
 * @throws {StartupError} `malformed_spec`, `malformed_path`, `reserved_name`
 */
export function readOperation(
  method: HttpMethod | 'WS',
  prefix: string,
  path: string,
  second: Spec | SocketSpec | Callable,
  third: Callable | undefined,
): Given {
  const spec = typeof second === 'function' ? {} : second
  const handler = typeof second === 'function' ? second : third
  const full = joinPath(prefix, path)
  const name = `${method} ${full}`
  const segments = parsePath(full)
  if (typeof handler !== 'function')
    throw new StartupError('malformed_spec', `${name} has no handler: give it a function as the last argument`)
  refuseUnknownKeys(spec, name, method === 'WS' ? 'socket' : 'operation')
  refuseReservedNames(spec.deps ?? {}, name)
  return { path: full, segments, spec, handler }
}

/** Refuses what cannot be the operations of several methods. @throws {StartupError} `malformed_spec` */
export function refuseMethods(methods: readonly HttpMethod[], path: string, second: Spec | Callable): void {
  const name = `The route ${path}`
  const wrong = methods.find((method) => !httpMethods.includes(method))
  if (methods.length === 0 || wrong !== undefined)
    throw new StartupError(
      'malformed_spec',
      `${name} ${wrong === undefined ? 'has no methods' : `has the method '${wrong}'`}: give it some of ${httpMethods.join(', ')}`,
    )
  if (typeof second === 'object' && second.operationId !== undefined && methods.length > 1)
    throw new StartupError(
      'malformed_spec',
      `${name} has one operationId, '${second.operationId}', for several operations: leave it out, or register them one by one`,
    )
}
