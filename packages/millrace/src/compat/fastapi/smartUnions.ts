import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type Validate, validatorOf } from '../../check/validator.ts'
import { jsonSchemaOf, markKey } from '../../plan/jsonSchema.ts'
import type { Schema } from '../../plan/schema.ts'
import { isPromise, type MaybePromise } from '../../serve/maybePromise.ts'
import { Compiler } from './pydantic/compile.ts'
import { type Choice, Report, type Restored, type Step } from './pydantic/report.ts'

/** What zod says of a schema's own make. */
interface ZodDef {
  readonly type: string
  readonly innerType?: ZodNode
  readonly getter?: () => ZodNode
  readonly in?: ZodNode
  readonly shape?: Readonly<Record<string, ZodNode>>
  readonly catchall?: ZodNode
  readonly element?: ZodNode
  readonly valueType?: ZodNode
  readonly items?: readonly ZodNode[]
  readonly rest?: ZodNode | null
  readonly options?: readonly ZodNode[]
  readonly left?: ZodNode
  readonly right?: ZodNode
  readonly values?: readonly unknown[]
}

interface ZodNode extends Schema {
  readonly _zod: { readonly def: ZodDef }
}

type Result = StandardSchemaV1.Result<unknown>

/** Puts into a value what the branches make of it that were chosen for its unions. */
export type Mend = (result: Result, prepared: unknown, choices: readonly Choice[]) => MaybePromise<Result>

/**
 * zod takes the first branch of a union that accepts a value, and that may leave out half of it. pydantic takes the
 * branch of which most fields have come: what that branch makes of its part stands in for what the first has made.
 * For zod's schemas alone; others choose for themselves.
 */
export function mendUnions(schema: Schema): Mend {
  if (!('_zod' in schema)) return (result) => result
  const root = schema as ZodNode
  return (result, prepared, choices) => {
    // The first branch is what zod has taken.
    if (result.issues || choices.every(({ branch }) => branch === 0)) return result
    const chosen = new Map(choices.map(({ path, branch }) => [JSON.stringify(path), branch]))
    let mended: MaybePromise<Result> = result
    // Outer unions come first: what their branches have made has inner ones, whose first branch was taken again.
    for (const { path, branch } of choices) {
      const option = optionAt(root, path, branch, chosen)
      if (!option || branch === 0) continue
      const part = valueAt(prepared, path)
      const put = (whole: Result): MaybePromise<Result> => {
        if (whole.issues) return whole
        const own = option['~standard'].validate(part) as MaybePromise<Result>
        return isPromise(own) ? own.then((settled) => withPart(whole, path, settled)) : withPart(whole, path, own)
      }
      mended = isPromise(mended) ? mended.then(put) : put(mended as Result)
    }
    return mended
  }
}

/** Puts into a value what its schema library could not hold, where no code has made something else of it. */
export function restore(result: MaybePromise<Result>, restored: readonly Restored[]): MaybePromise<Result> {
  if (restored.length === 0) return result
  if (isPromise(result)) return result.then((settled) => restore(settled, restored))
  let whole = result
  for (const { path, given, value } of restored)
    if (!whole.issues && valueAt(whole.value, path) === given) whole = withPart(whole, path, { value })
  return whole
}

/** JSON Schemas of values that zod takes otherwise than pydantic. */
const mendable = new RegExp(`"anyOf"|"${markKey}":"time"`)

/** Checks replies so that unions are chosen in smart mode, and times may have a zone, too. */
export function smartReplies(schema: Schema): Validate {
  const validate = validatorOf(schema, 'reply')
  const root = jsonSchemaOf(schema, 'input')
  if (!('_zod' in schema) || !root || !mendable.test(JSON.stringify(root))) return validate
  const parse = new Compiler(root).parse(root)
  const mend = mendUnions(schema)
  return (value) => {
    const report = new Report('body')
    const prepared = parse(value, report)
    const { choices, restored } = report
    // Coerced for what zod cannot take as it is alone.
    const given = restored.length > 0 ? prepared : value
    const result = validate(given)
    const mended = isPromise(result)
      ? result.then((settled) => mend(settled, given, choices))
      : mend(result, given, choices)
    return restore(mended, restored)
  }
}

/** The branch of the union that stands at a path. */
function optionAt(
  root: ZodNode,
  path: readonly Step[],
  branch: number,
  chosen: ReadonlyMap<string, number>,
): ZodNode | undefined {
  let node = bare(root)
  for (const [depth, key] of path.entries()) {
    // On the way lie other unions: the one that was chosen there goes on.
    const way = JSON.stringify(path.slice(0, depth))
    while (node?._zod.def.type === 'union') node = bare(branchesOf(node)[chosen.get(way) ?? -1])
    node = node && bare(childOf(node, key))
  }
  return node?._zod.def.type === 'union' ? branchesOf(node)[branch] : undefined
}

/** Without what only says whether a value has to be there, and where it comes from. */
function bare(node: ZodNode | undefined): ZodNode | undefined {
  let current = node
  // Any more and they go in a circle.
  for (let hops = 0; current && hops < 32; hops++) {
    const { def } = current._zod
    const inner = def.type === 'lazy' ? def.getter?.() : def.type === 'pipe' ? def.in : def.innerType
    // `null`, or one thing, is a union in name alone.
    const only = def.type === 'union' && branchesOf(current).length === 1 ? branchesOf(current)[0] : undefined
    if (!inner && !only) return current
    current = inner ?? only
  }
  return current
}

/** As they are counted by the JSON Schema: `null` is no branch. */
function branchesOf({ _zod: { def } }: ZodNode): readonly ZodNode[] {
  return (def.options ?? []).filter(({ _zod: { def: own } }) => own.type !== 'null' && own.values?.[0] !== null)
}

function childOf({ _zod: { def } }: ZodNode, key: Step): ZodNode | undefined {
  switch (def.type) {
    case 'object':
      return (Object.hasOwn(def.shape ?? {}, key) ? def.shape?.[key] : undefined) ?? def.catchall
    case 'array':
      return def.element
    case 'record':
      return def.valueType
    case 'tuple':
      return def.items?.[Number(key)] ?? def.rest ?? undefined
    case 'intersection':
      return (def.left && childOf(def.left, key)) ?? (def.right && childOf(def.right, key))
    default:
      return undefined
  }
}

function valueAt(value: unknown, path: readonly Step[]): unknown {
  let current = value
  for (const key of path) current = (current as Record<Step, unknown> | undefined)?.[key]
  return current
}

function withPart(whole: Result, path: readonly Step[], part: Result): Result {
  if (whole.issues || part.issues) return whole
  const last = path.at(-1)
  if (last === undefined) return part
  const parent = valueAt(whole.value, path.slice(0, -1))
  // Code may have made something else of it on the way.
  if (typeof parent === 'object' && parent !== null && Object.hasOwn(parent, last))
    (parent as Record<Step, unknown>)[last] = part.value
  return whole
}
