import type { Raw } from '../../check/rawInputs.ts'
import type { RequestContext } from '../../input/context.ts'
import { NullObject } from '../../input/nullObject.ts'
import { type JsonSchema, jsonSchemaOf } from '../../plan/jsonSchema.ts'
import type { Schema } from '../../plan/schema.ts'
import { allowsArray, undeclaredIn, uniqueProperties } from '../../plan/valueTypes.ts'

/** What clients and proxies send by themselves: FastAPI refuses them, too, where a model forbids what it does not name. */
const sentByClients =
  /^(accept(-.*)?|cache-control|connection|content-(length|type)|cookie|dnt|forwarded|host|origin|pragma|priority|referer|sec-.*|te|transfer-encoding|upgrade(-.*)?|user-agent|via|x-forwarded-.*|x-real-ip)$/

/**
 * Reads the headers of a model: each under its name with hyphens for underscores, and all others where the model
 * says what those may be, but for what clients send by themselves.
 */
export function modelHeaderReader(schema: Schema): (context: RequestContext) => Raw {
  const root = jsonSchemaOf(schema, 'input') ?? {}
  const declared = [...uniqueProperties(root)].map(([name, part]) => ({
    name,
    key: name.toLowerCase().replaceAll('_', '-'),
    isList: allowsArray(part, root as JsonSchema),
  }))
  const known = new Set(declared.flatMap(({ name, key }) => [name.toLowerCase(), key]))
  const readsOthers = undeclaredIn(root) !== undefined
  return (context) => {
    const values = new NullObject() as Record<string, unknown>
    for (const { name, key, isList } of declared) {
      const value = context.header(key)
      // Repeated headers and one with commas are the same (RFC 9110, section 5.3).
      if (value !== undefined) values[name] = isList ? value.split(',').map((one) => one.trim()) : value
    }
    if (!readsOthers) return values
    const raw = context['~exchange'].rawHeaders()
    for (let index = 0; index < raw.length; index += 2) {
      const name = (raw[index] as string).toLowerCase()
      if (!known.has(name) && !sentByClients.test(name)) values[name] = context.header(name)
    }
    return values
  }
}
