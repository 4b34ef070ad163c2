import { type JsonSchema, markKey } from '../../../plan/jsonSchema.ts'
import { date, dateTime, time } from './dates.ts'
import { duration } from './durations.ts'
import { email } from './email.ts'
import { file } from './files.ts'
import { ipv4, ipv6 } from './ip.ts'
import type { Parse } from './report.ts'
import { string } from './strings.ts'
import { url } from './urls.ts'
import { uuid } from './uuid.ts'

const byFormat: Readonly<Record<string, (schema: JsonSchema) => Parse>> = {
  'date-time': dateTime,
  date,
  time,
  duration,
  uuid: () => uuid,
  uri: () => url,
  email: () => email,
  ipv4: () => ipv4,
  ipv6: () => ipv6,
  binary: () => file,
}

/** How a string is taken: by its format, where it has one that Pydantic has a type for. */
export function formatted(schema: JsonSchema): Parse {
  const mark = schema[markKey]
  const format = mark === 'time' || mark === 'date-time' ? mark : (schema['format'] as string | undefined)
  return (
    (format !== undefined && Object.hasOwn(byFormat, format) ? byFormat[format]?.(schema) : undefined) ?? string(schema)
  )
}
