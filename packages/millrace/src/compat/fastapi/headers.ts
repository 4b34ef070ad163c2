import type { Raw } from '../../check/rawInputs.ts'
import type { RequestContext } from '../../input/context.ts'
import { NullObject } from '../../input/nullObject.ts'
import { jsonSchemaOf } from '../../plan/jsonSchema.ts'
import type { Schema } from '../../plan/schema.ts'
import { allowsArray, undeclaredIn, uniqueProperties } from '../../plan/valueTypes.ts'
import { isParameterModel } from './marks.ts'

/** What clients and proxies send by themselves: FastAPI refuses them, too, where a model forbids what it does not name. */
const sentByClients =
  /^(accept(-.*)?|cache-control|connection|content-(length|type)|cookie|dnt|forwarded|host|origin|pragma|priority|referer|sec-.*|te|transfer-encoding|upgrade(-.*)?|user-agent|via|x-forwarded-.*|x-real-ip)$/

/** The name that a header has where a model declares it by one with underscores. */
export function headerName(name: string, schema: Schema): string {
  return isParameterModel(schema) ? name.replaceAll('_', '-') : name
}

/**
 * Reads the declared headers, and all others where the schema says what those may be, but in a model for what clients
 * send by themselves. A list is made of headers that came more than once; one with commas is one item of it.
 */
export function headerReader(schema: Schema): (context: RequestContext) => Raw {
  const root = jsonSchemaOf(schema, 'input')
  const isModel = isParameterModel(schema)
  const declared = [...(root ? uniqueProperties(root) : [])].map(([name, part]) => ({
    name,
    key: headerName(name, schema).toLowerCase(),
    isList: allowsArray(part, root ?? {}),
  }))
  const known = new Set(declared.flatMap(({ name, key }) => [name.toLowerCase(), key]))
  const undeclared = root && undeclaredIn(root)
  const readsOthers = isModel ? undeclared !== undefined : declared.length === 0 || (undeclared ?? false) !== false
  return (context) => {
    const values = new NullObject() as Record<string, unknown>
    for (const { name, key, isList } of declared) {
      const value = context.header(key)
      if (value !== undefined) values[name] = isList ? valuesOf(context, key) : value
    }
    if (!readsOthers) return values
    const raw = context['~exchange'].rawHeaders()
    for (let index = 0; index < raw.length; index += 2) {
      const name = (raw[index] as string).toLowerCase()
      if (!known.has(name) && !(isModel && sentByClients.test(name))) values[name] = context.header(name) ?? ''
    }
    return values
  }
}

/** The values of a header, in order. Where the transport has joined them, they are parted where it did so. */
function valuesOf({ '~exchange': exchange }: RequestContext, key: string): string[] {
  const raw = exchange.rawHeaders()
  const values: string[] = []
  for (let index = 0; index < raw.length; index += 2)
    if ((raw[index] as string).toLowerCase() === key) values.push(raw[index + 1] as string)
  return exchange.areHeadersJoined ? values.flatMap((value) => value.split(', ')) : values
}
