import type { Issue } from '../errors/InputError.ts'
import type { RequestContext } from '../input/context.ts'
import type { InputSchemas } from '../plan/dependency.ts'
import type { BeyondJson } from '../plan/jsonSchema.ts'
import type { BodyPlan } from '../plan/plan.ts'
import type { Schema } from '../plan/schema.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'

/** A location that comes as text, where no body is. */
export type InputLocation = keyof InputSchemas

/** What a check gives: the value that its schema makes of an input, or all that is wrong with it. */
export type Checked = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly Issue[] }

/** Reads one location of a request and checks it. */
export type CheckInput = (context: RequestContext) => MaybePromise<Checked>

/** How inputs are made ready for their schemas, and what is told of those that do not fit: the part of checks in a profile. */
export interface CheckRules {
  /** Types that JSON does not have, and that are made of what it has. */
  readonly madeOfJson: readonly BeyondJson[]
  /**
   * Compiles the check of a location.
   *
   * @param hidden names that are left out, because others declare them and this schema does not
   */
  readonly input: (schema: Schema, location: InputLocation, hidden: ReadonlySet<string> | undefined) => CheckInput
  /** Compiles the check of a body with a schema. */
  readonly body: (kind: BodyPlan['kind'], schema: Schema) => CheckInput
  /** The error that tells of every issue of a request. */
  readonly error: (issues: readonly Issue[], context: RequestContext) => Error
  /** That of the handshake of a WebSocket. Default: the same. */
  readonly handshakeError?: (issues: readonly Issue[], context: RequestContext) => Error
}
