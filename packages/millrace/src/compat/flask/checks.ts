import type { Checked, CheckInput, CheckRules } from '../../check/checkRules.ts'
import { checksTaking } from '../../check/standardChecks.ts'
import { codedError } from '../../errors/codedError.ts'
import type { HttpError } from '../../errors/HttpError.ts'
import { unsupported } from '../../input/body.ts'
import type { RequestContext } from '../../input/context.ts'
import { jsonSchemaOf } from '../../plan/jsonSchema.ts'
import type { Schema } from '../../plan/schema.ts'
import { uniqueProperties, valueTypesOf } from '../../plan/valueTypes.ts'
import { isPromise, type MaybePromise } from '../../serve/maybePromise.ts'

/** Werkzeug's `args` and `form` give the first of repeated values. */
const ownChecks = checksTaking((value: unknown) => (Array.isArray(value) ? value[0] : value))

/**
 * Flask's: path parameters are converters, so that a path which does not fit stands nowhere. Flask has no checks of
 * other inputs; those of a port answer 400, as a missing field of `request.form` does.
 */
export const flaskChecks: CheckRules = {
  ...ownChecks,
  input: (schema, location, hidden) => {
    const check = ownChecks.input(schema, location, hidden)
    return location === 'params' ? converted(schema, check) : check
  },
  body: (kind, schema) => {
    const check = ownChecks.body(kind, schema)
    return kind === 'json' ? (context) => wanted(check(context), context) : check
  },
}

/** Werkzeug's `int` and `float`, by the types of a schema: digits alone, and digits with a point between them. */
function converted(schema: Schema, check: CheckInput): CheckInput {
  const root = jsonSchemaOf(schema, 'input')
  const converters = [...(root ? uniqueProperties(root) : [])].flatMap(([name, part]) => {
    const { types } = valueTypesOf(part, root ?? {})
    if (!types.has('number') || types.has('string')) return []
    return [{ name, pattern: part['type'] === 'integer' ? /^\d+$/ : /^\d+\.\d+$/ }]
  })
  return (context) => {
    for (const { name, pattern } of converters) {
      const raw = context['~rawParams'] ?? {}
      const text = raw[name]
      if (text === undefined) continue
      if (!pattern.test(text)) throw notFound(context)
      // Zeros before it are no part of a number in JSON, which our own coercion takes.
      if (/^0\d/.test(text)) context['~rawParams'] = { ...raw, [name]: text.replace(/^0+(?=\d)/, '') }
    }
    return settle(check(context), context)
  }
}

function settle(checked: MaybePromise<Checked>, context: RequestContext): MaybePromise<Checked> {
  if (isPromise(checked)) return checked.then((settled) => settle(settled, context))
  if (checked.issues) throw notFound(context)
  return checked
}

/** Where JSON is wanted and nothing has come, nothing has said that it is JSON. */
function wanted(checked: MaybePromise<Checked>, context: RequestContext): MaybePromise<Checked> {
  if (isPromise(checked)) return checked.then((settled) => wanted(settled, context))
  if (checked.issues && context.body === undefined && context.header('content-type') === undefined)
    throw unsupported('json')
  return checked
}

function notFound({ path, '~host': { routing } }: RequestContext): HttpError {
  return codedError('not_found', routing.notFound(path))
}
