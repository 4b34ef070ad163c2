import type { JsonSchema, Side } from '../plan/jsonSchema.ts'
import type { OperationIdFunction } from '../plan/operationId.ts'
import type { Plan, ReplyPlan } from '../plan/plan.ts'
import type { Schema } from '../plan/schema.ts'
import type { Property } from '../plan/schemaParts.ts'
import type { SecurityScheme } from '../plan/security.ts'
import type { JsonObject, TagObject } from './objects.ts'
import type { OpenApiDocument } from './openapi.ts'
import type { OperationOptions } from './operation.ts'
import type { Parameter, ParameterLocation } from './parameters.ts'
import type { Requirement } from './security.ts'

/**
 * How a document is written: Millrace's own form, or that of another framework, for clients that were made
 * from its documents. Chosen once for a document.
 */
export interface DocumentForm {
  /** Makes the ids of operations for which neither they nor app and routers do. `undefined`: made of method and path, as `getItemsById`. */
  readonly operationId: OperationIdFunction | undefined
  /** The field `openapi` by the version that is asked for. */
  readonly openapi: Readonly<Record<'3.1' | '3.2', string>>
  /** `info.title` where none is given. */
  readonly title: string
  readonly paths: PathForm
  readonly schemas: SchemaForm
  readonly responses: ResponseForm
  /** Which sides of its schemas a request uses that others answer. */
  readonly outgoingSides: OperationOptions['sides']
  /** The summary of an operation that has none. */
  summary(plan: Plan, isOutgoing: boolean): string
  /** Names what has no name in the body of an operation. */
  bodyName(operationId: string): string
  /** What a property of an input schema is called in a request. */
  parameterName(name: string, location: ParameterLocation, schema: Schema): string
  /** A Parameter Object of a property of an input schema, with its schema as written. */
  parameter(property: Property, location: ParameterLocation, schema: JsonObject): Parameter
  /** A path parameter that no schema speaks of. */
  pathParameter(name: string): Parameter
  requestBody(isRequired: boolean, content: JsonObject): JsonObject
  /** Under which name a security scheme stands. */
  schemeName(scheme: SecurityScheme): string
  /** `security` of an operation, of the alternatives of which one has to be met. */
  security(requirements: readonly Requirement[]): readonly Requirement[]
  /** The tags of the document: those that are described, and those that are in use. */
  tags(described: readonly TagObject[], used: readonly string[]): readonly TagObject[]
  /** Lists in `openapi` of an operation are put after those that are there, not in their place. */
  readonly areListsJoined: boolean
  /** The last touch. */
  finish(document: OpenApiDocument): OpenApiDocument
}

/** Which operations of one path are written, and where. */
export interface PathForm {
  /** Paths that differ in nothing but the names of their parameters are one. */
  readonly areMerged: boolean
  /** Of two operations of one method and path the last is written, not the first. */
  readonly isLastWritten: boolean
  /** WebSockets are written, too, as what their handshake is. */
  readonly showsSockets: boolean
}

/** How schemas are written. */
export interface SchemaForm {
  /** The whole JSON Schema of a schema, before it is taken apart into components. */
  prepare(schema: JsonSchema, side: Side): JsonSchema
  /** Whether a part is a component by itself, whatever refers to it. */
  isComponent(part: JsonSchema): boolean
  /** Whether parts without a name that say the same are one component, whichever schemas they come from. */
  readonly areUnnamedJoined: boolean
  /** What is put after the names of components whose sides differ. */
  readonly suffixes: Readonly<Record<Side, string>>
  /** A component as it stands under its name. */
  component(body: JsonObject, name: string): JsonObject
}

/** How answers are described. */
export interface ResponseForm {
  /** Of an answer for which no words are given. */
  description(status: string, reply: ReplyPlan | undefined, isSuccess: boolean): string
  /** The media types of an answer. */
  content(reply: ReplyPlan, status: string, options: OperationOptions, hint: string): JsonObject
  /** Adds the answers that the framework gives by itself. */
  addOwn(responses: JsonObject, plan: Plan, options: OperationOptions): void
}
