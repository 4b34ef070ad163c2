import type { Callable, Dependencies } from './dependency.ts'
import type { Overrides } from './graph.ts'
import type { Inherited } from './inherited.ts'
import type { BeyondJson } from './jsonSchema.ts'
import type { ReplyKind } from './kind.ts'
import type { OperationIdFunction } from './operationId.ts'
import type { Callbacks, OutgoingSpec } from './outgoing.ts'
import type { ReadPath } from './path.ts'
import type { ErrorHandlerEntry } from './plan.ts'
import type { BaseSpec, Responses } from './spec.ts'

/** What an app or a router gives to all its operations. */
export interface Level {
  readonly tags: readonly string[]
  readonly deps: Dependencies
  readonly responses: Responses
  /** Of operations that declare no `response`. */
  readonly defaultResponse: ReplyKind | undefined
  readonly use: Callable[]
  readonly onError: ErrorHandlerEntry[]
  readonly docs: LevelDocs
  readonly limits: LevelLimits
}

/** Limits of operations that do not say otherwise; the nearest level counts, and the app's is last. */
export interface LevelLimits {
  /** For the answer to begin; later is answered with 504. */
  readonly timeoutMs?: number | undefined
  /** More is answered with 413. */
  readonly maxBodyBytes?: number | undefined
  /** Of JSON, or of fields of a form; more is answered with 413. */
  readonly maxBodyValues?: number | undefined
  /** Whether a body of JSON, text or a form has to say that it is one. Default true. */
  readonly strictContentType?: boolean | undefined
  /** Whether bodies with a `content-encoding` are taken. Default false. */
  readonly decompress?: boolean | undefined
}

/** What an app or a router says of all its operations in the document. */
export interface LevelDocs {
  /** Of operations that do not say it themselves. Default false. */
  readonly deprecated?: boolean
  /** Of operations that do not say it themselves: left out of the document. Default false. */
  readonly hidden?: boolean
  /** Requests that are sent to callers later, by name. */
  readonly callbacks?: Callbacks
  /** Makes the ids of operations that give none. Default: made of method and path, as `getItemsById`. */
  readonly operationId?: OperationIdFunction
}

/** An operation as it was registered. */
export interface Definition extends ReadPath {
  readonly method: string
  readonly spec: BaseSpec
  readonly handler: Callable
  /** From the app and its routers. */
  readonly inherited: Inherited
}

/** A request that others answer, as it was declared. */
export interface OutgoingDefinition {
  readonly name: string
  readonly operationId: string
  /** A webhook's name, or a callback's URL. */
  readonly path: string
  readonly spec: OutgoingSpec
}

/** What the app decides for operations that do not. */
export interface PlanDefaults {
  readonly maxBodyBytes: number
  readonly maxBodyValues: number
  readonly timeoutMs: number | undefined
  readonly overrides: Overrides
  /** Types that JSON does not have, and that are made of what it has. */
  readonly madeOfJson: readonly BeyondJson[]
  /** Makes the ids of operations for which neither they nor app and routers do. Default: made of method and path, as `getItemsById`. */
  readonly operationId: OperationIdFunction | undefined
}
