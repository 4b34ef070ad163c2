import { codedError } from '../../errors/codedError.ts'
import type { BodyRules } from '../../input/bodyRules.ts'
import { decodeText } from '../../input/json.ts'
import { mediaTypeOf } from '../../input/mediaType.ts'
import { parseQuery } from '../../input/query.ts'
import { findJsonFault } from './jsonFault.ts'
import { Report } from './pydantic/report.ts'
import { RequestValidationError } from './RequestValidationError.ts'

const urlEncoded = 'application/x-www-form-urlencoded'

/**
 * FastAPI's: a body of another type is the bytes that came, which no model fits, or no form at all; JSON that
 * does not parse is one more issue of the input.
 */
export const fastapiBodies: BodyRules = {
  otherType: (kind) => {
    if (kind === 'multipart')
      return (bytes, type) =>
        type !== undefined && mediaTypeOf(type) === urlEncoded ? parseQuery(decodeText(bytes), 'malformed_body') : {}
    if (kind === 'form') return () => ({})
    return (bytes) => (bytes.byteLength === 0 ? undefined : bytes)
  },
  laxContentType: 'missing',
  filesInForms: 'take',
  malformed: (error, bytes) => {
    const code = codeOf(error)
    if (code !== 'malformed_json') return error
    const text = decodeText(bytes)
    const fault = findJsonFault(text)
    // Python reads it, or gives up as we do: then it is a body that cannot be parsed.
    if (!fault) return codedError('malformed_body', 'The body cannot be parsed')
    const report = new Report('body')
    report.failAt(fault.position, 'json_invalid', {}, { error: fault.message })
    return new RequestValidationError(report.issues, text)
  },
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | undefined)?.code
}
