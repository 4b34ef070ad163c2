import type { Frozen } from './frozen.ts'
import type { JsonValues } from './jsonValues.ts'
import type { ReplyKind } from './kind.ts'
import { projectedSchema } from './projectedSchema.ts'
import { type Omission, omissionsOf, type Projection, type Selection, selectionOf } from './projection.ts'
import type { Input, Output, Schema, SchemaLike } from './schema.ts'

/** What {@link json} takes besides the schema. */
export interface JsonOptions<T = unknown> {
  /** The only keys that are sent: a list, or an object that goes deeper. Of an array: of each of its items. */
  readonly include?: Selection<T>
  /** Keys that are not sent. */
  readonly exclude?: Selection<T>
  /**
   * Which keys are left out wherever they stand: `unset`, those that the handler's value did not have before the
   * schema filled in its defaults; `defaults`, those that are equal to their default, as far as the JSON Schema of the
   * schema tells it; `null`, those that are `null`.
   */
  readonly omit?: Omission | readonly Omission[]
  /** Default `application/json`. */
  readonly mediaType?: string
  /** How values are written that JSON has no form for. Default: as the app says. */
  readonly values?: JsonValues
}

/** A reply of JSON that says more than its schema. */
export interface JsonKind<Given = unknown, Received = unknown> extends ReplyKind<Given, Received> {
  readonly kind: 'json'
  readonly schema: Schema
  /** For the document: the schema of what is left, as it is written. */
  readonly projected?: Schema
  readonly projection?: Projection
  readonly values?: JsonValues
}

/** What of a type is received: exactly for lists of keys, else with every key optional. */
type Received<T, O> = T extends readonly (infer Item)[]
  ? Received<Item, O>[]
  : T extends object
    ? Omitted<Picked<T, O>, O>
    : T
type Picked<T, O> = O extends { readonly include: readonly (infer K)[] }
  ? Pick<T, Extract<keyof T, K>>
  : O extends { readonly exclude: readonly (infer K)[] }
    ? Omit<T, Extract<K, PropertyKey>>
    : O extends { readonly include: object } | { readonly exclude: object }
      ? Partial<T>
      : T
type Omitted<T, O> = O extends { readonly omit: unknown } ? Partial<T> : T

/**
 * A reply of JSON: a part of what its schema lets out, another media type, or other forms of values.
 *
 * The handler's value is checked by the whole schema; then keys are left out. The document shows what is left.
 *
 * @example
 * const Item = z.object({ name: z.string(), price: z.number(), tax: z.number().default(10.5) })
 * app.get('/items/:id', { response: json(Item, { omit: 'unset' }) }, ({ params }) => stored(params.id))
 * app.get('/items/:id/name', { response: json(Item, { include: ['name'] }) }, ({ params }) => stored(params.id))
 */
export function json<S extends SchemaLike, const O extends JsonOptions<Output<S>> = {}>(
  schema: S,
  options: O = {} as O,
): JsonKind<Frozen<Input<S>>, Received<Output<S>, O>> {
  const { include, exclude, omit, mediaType = 'application/json', values } = options as JsonOptions
  const projection = {
    ...(include === undefined ? {} : { include: selectionOf(include) }),
    ...(exclude === undefined ? {} : { exclude: selectionOf(exclude) }),
    omit: omissionsOf(omit),
  }
  const isPart = include !== undefined || exclude !== undefined || projection.omit.size > 0
  return Object.freeze({
    kind: 'json' as const,
    mediaType,
    schema,
    ...(isPart || values ? { projected: projectedSchema(schema, projection, values ?? {}) } : {}),
    ...(isPart ? { projection } : {}),
    ...(values ? { values } : {}),
  })
}
