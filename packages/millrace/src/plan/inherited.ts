import type { Level, LevelLimits } from './definition.ts'
import type { Dependencies } from './dependency.ts'
import type { ReplyKind } from './kind.ts'
import type { OperationIdFunction } from './operationId.ts'
import type { Callbacks } from './outgoing.ts'
import type { ErrorHandlers, Plan } from './plan.ts'
import type { Responses } from './spec.ts'

/** What operations have of the app and of the routers around them: worked out once for all that stand in one router. */
export interface Inherited {
  readonly tags: readonly string[]
  /** Of each level that has some. */
  readonly deps: readonly Dependencies[]
  readonly responses: Responses
  readonly defaultResponse: ReplyKind | undefined
  readonly use: Plan['use']
  readonly onError: readonly ErrorHandlers[]
  readonly deprecated: boolean
  readonly hidden: boolean
  readonly callbacks: readonly Callbacks[]
  readonly operationId: OperationIdFunction | undefined
  readonly limits: LevelLimits
}

/** @param levels the app first, the operation's own router last */
export function inheritedFrom(levels: readonly Level[]): Inherited {
  const nearest = <K extends keyof LevelLimits>(key: K): LevelLimits[K] =>
    levels.findLast(({ limits }) => limits[key] !== undefined)?.limits[key]
  return {
    tags: [...new Set(levels.flatMap((level) => level.tags))],
    deps: levels.map((level) => level.deps).filter((deps) => Object.keys(deps).length > 0),
    responses: Object.assign({}, ...levels.map((level) => level.responses)),
    defaultResponse: levels.findLast((level) => level.defaultResponse)?.defaultResponse,
    use: levels.flatMap((level) => level.use),
    onError: levels.map((level) => level.onError).reverse(),
    deprecated: levels.some((level) => level.docs.deprecated),
    hidden: levels.some((level) => level.docs.hidden),
    callbacks: levels.flatMap(({ docs: { callbacks } }) => (callbacks ? [callbacks] : [])),
    operationId: levels.findLast((level) => level.docs.operationId)?.docs.operationId,
    limits: {
      timeoutMs: nearest('timeoutMs'),
      maxBodyBytes: nearest('maxBodyBytes'),
      maxBodyValues: nearest('maxBodyValues'),
      strictContentType: nearest('strictContentType'),
      decompress: nearest('decompress'),
    },
  }
}
