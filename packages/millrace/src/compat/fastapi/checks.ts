import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Checked, CheckRules, InputLocation } from '../../check/checkRules.ts'
import { type Raw, rawReaders } from '../../check/rawInputs.ts'
import { type Validate, validatorOf } from '../../check/validator.ts'
import type { Issue, Location } from '../../errors/InputError.ts'
import { WebSocketError } from '../../errors/WebSocketError.ts'
import { withoutFrames } from '../../errors/withoutFrames.ts'
import type { RequestContext } from '../../input/context.ts'
import { jsonSchemaOf } from '../../plan/jsonSchema.ts'
import type { Schema } from '../../plan/schema.ts'
import { uniqueProperties } from '../../plan/valueTypes.ts'
import { toJson } from '../../reply/json.ts'
import { isPromise, type MaybePromise } from '../../serve/maybePromise.ts'
import { redacted, withinBudget, withoutFile } from './echo.ts'
import { headerReader } from './headers.ts'
import { reportLeftovers } from './leftovers.ts'
import { isEmbedded } from './marks.ts'
import { compileParameters } from './parameters.ts'
import { Compiler } from './pydantic/compile.ts'
import { type PydanticIssue, Report } from './pydantic/report.ts'
import { RequestValidationError } from './RequestValidationError.ts'
import { type Mend, mendUnions, restore } from './smartUnions.ts'

/** What may be told of inputs. */
export interface CheckOptions {
  /** `input` of every error is `null`. */
  readonly redactInput: boolean
}

/**
 * FastAPI's: what pydantic makes of a value, and says of it, by the JSON Schema; then the schema library, which
 * makes the value that the handler gets, and may find what only its code knows.
 */
export function fastapiChecks({ redactInput }: CheckOptions): CheckRules {
  const tellable = (issues: readonly Issue[]) => {
    // Every issue that these checks give is one.
    const all = (issues as readonly PydanticIssue[]).map(withoutFile)
    return redactInput ? all.map(redacted) : withinBudget(all)
  }
  return {
    madeOfJson: ['Date', 'BigInt'],
    input: (schema, location, hidden) => {
      const read = location === 'headers' ? headerReader(schema) : rawReaders[location](schema)
      const prepare = compileParameters(schema, location, hidden)
      const library = libraryOf(schema)
      return (context) => checkText(read(context), location, prepare, library)
    },
    body: (kind, schema) => {
      const library = libraryOf(schema)
      if (kind !== 'json') {
        const prepare = compileParameters(schema, 'body', undefined)
        return ({ body }) => checkText((body ?? {}) as Raw, 'body', prepare, library)
      }
      const check = isEmbedded(schema) ? compileEmbedded(schema, library) : compileWhole(schema, library)
      return ({ body }: RequestContext) =>
        check(body instanceof Uint8Array ? textOf(body) : body, body instanceof Uint8Array)
    },
    error: (issues, context) => {
      const { body } = context
      const told = body instanceof Uint8Array ? textOf(body) : body
      const all = tellable(issues)
      return withoutFrames(() => new RequestValidationError(all, told))
    },
    // FastAPI closes with this code before it accepts, which the client sees as 403.
    handshakeError: (issues) => new WebSocketError(1008, toJson(tellable(issues).map(({ error }) => error))),
  }
}

/** Of a body that is not what its operation takes. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}

type Result = StandardSchemaV1.Result<unknown>

/** What a schema library makes of a value, and what pydantic would have made of its unions. */
interface Library {
  readonly validate: Validate
  readonly mend: Mend
}

function libraryOf(schema: Schema): Library {
  return { validate: validatorOf(schema, 'input'), mend: mendUnions(schema) }
}

/** What stands in a text location, made ready for the schema. */
export type Prepare = (raw: Raw, report: Report) => unknown

function checkText(
  raw: Raw,
  location: InputLocation | 'body',
  prepare: Prepare,
  library: Library,
): MaybePromise<Checked> {
  const report = new Report(location)
  const prepared = prepare(raw, report)
  return finish(library, library.validate(prepared), location, { input: raw, prepared }, report)
}

/** Checks a body; one that is `isRaw` was not JSON. */
type CheckBody = (body: unknown, isRaw: boolean) => MaybePromise<Checked>

/** A body that is one model, or one value of another type. */
function compileWhole(schema: Schema, library: Library): CheckBody {
  const root = jsonSchemaOf(schema, 'input')
  const parse = root && new Compiler(root).parse(root)
  return (body) => {
    const report = new Report('body')
    if (body === undefined || body === null) return absent(library.validate(undefined), report)
    const prepared = parse ? parse(body, report) : body
    return finish(library, library.validate(prepared), 'body', { input: body, prepared }, report)
  }
}

/** Where nothing came, the schema may have a default; else that is all there is to tell. */
function absent(result: MaybePromise<Result>, report: Report): MaybePromise<Checked> {
  if (isPromise(result)) return result.then((settled) => absent(settled, report))
  if (!result.issues) return result
  report.fail('missing', null)
  return { issues: report.issues }
}

/** A body that is an object of several parameters. */
function compileEmbedded(schema: Schema, library: Library): CheckBody {
  const prepare = compileParameters(schema, 'body', undefined, true)
  const names = [...uniqueProperties(jsonSchemaOf(schema, 'input') ?? {}).keys()]
  return (body, isRaw) => {
    const report = new Report('body')
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
    // JSON that is no object has none of them, not even by default.
    if (!isObject && !isRaw && body !== null && body !== undefined) {
      for (const name of names) report.failAt(name, 'missing', null)
      return { issues: report.issues }
    }
    const raw = (isObject ? body : {}) as Raw
    const prepared = prepare(raw, report)
    return finish(library, library.validate(prepared), 'body', { input: raw, prepared }, report)
  }
}

/** A value as it came, and what was made of it for the schema library. */
interface Values {
  readonly input: unknown
  readonly prepared: unknown
}

function finish(
  library: Library,
  result: MaybePromise<Result>,
  location: Location,
  values: Values,
  report: Report,
): MaybePromise<Checked> {
  if (isPromise(result)) return result.then((settled) => finish(library, settled, location, values, report))
  if (result.issues) reportLeftovers(result.issues, location, values.input, values.prepared, report)
  if (report.issues.length > 0) return { issues: report.issues }
  // Without issues of its own the library has given a value.
  return restore(library.mend(result, values.prepared, report.choices), report.restored) as MaybePromise<Checked>
}
