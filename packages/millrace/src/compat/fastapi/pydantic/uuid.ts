import type { Parse } from './report.ts'

const groupLengths = [8, 4, 4, 4, 12]

/** A UUID in any form that is usual; given on in the one with hyphens. */
export const uuid: Parse = (value, report) => {
  if (typeof value !== 'string') {
    report.fail('uuid_type', value)
    return value
  }
  const error = faultOf(value)
  if (error !== undefined) {
    report.fail('uuid_parsing', value, { error })
    return value
  }
  const hex = unwrapped(value).text.replaceAll('-', '').toLowerCase()
  const canonical = [0, 8, 12, 16, 20].map((start, index) => hex.slice(start, start + (groupLengths[index] as number)))
  report.floor('lax')
  return canonical.join('-')
}

/** Without `urn:uuid:`, or the braces of Microsoft. */
function unwrapped(text: string): { readonly text: string; readonly offset: number } {
  if (text.startsWith('urn:uuid:')) return { text: text.slice(9), offset: 9 }
  if (text.length === 38 && text.startsWith('{') && text.endsWith('}')) return { text: text.slice(1, -1), offset: 1 }
  return { text, offset: 0 }
}

/** In the words of the library that pydantic-core uses (https://docs.rs/uuid, its parser's errors). */
function faultOf(value: string): string | undefined {
  const { text, offset } = unwrapped(value)
  const wrong = /[^0-9A-Fa-f-]/u.exec(text)
  if (wrong) return `invalid character: found \`${wrong[0]}\` at ${offset + wrong.index + 1}`
  const groups = text.split('-')
  if (groups.length === 1)
    return text.length === 32 ? undefined : `invalid length: expected length 32 for simple format, found ${text.length}`
  if (groups.length !== 5) return `invalid group count: expected 5, found ${groups.length}`
  const index = groups.findIndex((group, at) => group.length !== groupLengths[at])
  if (index < 0) return undefined
  return `invalid group length in group ${index}: expected ${groupLengths[index]}, found ${groups[index]?.length}`
}
