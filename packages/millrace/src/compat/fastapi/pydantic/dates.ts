import type { JsonSchema } from '../../../plan/jsonSchema.ts'
import {
  CalendarError,
  type DateTime,
  fromTimestamp,
  isoDate,
  isoTime,
  readDateTime,
  readTime,
  readWholeDate,
  type Time,
  toMilliseconds,
} from './calendar.ts'
import type { Parse, Report } from './report.ts'
import { patternsOf, regExpOf } from './strings.ts'

/** What a number of seconds looks like in a string. */
const numeric = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/

/** A date and time: from texts in the forms of ISO 8601, and from seconds or milliseconds since 1970. */
export function dateTime(schema: JsonSchema, isDate = false): Parse {
  const fitting = fittingForm(schema)
  return (value, report) => {
    const parsed = toDateTime(value, report)
    if (!parsed) return value
    if (isDate) {
      report.floor('lax')
      return new Date(toMilliseconds(parsed))
    }
    const date = isoDate(parsed)
    const utc = new Date(toMilliseconds(parsed)).toISOString()
    const forms = [`${date}T${isoTime(parsed.time)}`, `${date}T${withOffset(parsed.time)}`, utc]
    return fitting(value, [...forms, utc.slice(0, -1)], report)
  }
}

function toDateTime(value: unknown, report: Report): DateTime | undefined {
  if (typeof value === 'number') return settle(fromTimestamp(value), 'datetime_parsing', value, report)
  if (typeof value !== 'string') {
    report.fail('datetime_type', value)
    return undefined
  }
  const parsed = readDateTime(value)
  if (!(parsed instanceof CalendarError)) return parsed
  const other = numeric.test(value) ? fromTimestamp(Number(value)) : readWholeDate(value)
  return settle(other, 'datetime_from_date_parsing', value, report)
}

/** A date: from texts, and from what is midnight as a date and time. */
export function date(schema: JsonSchema): Parse {
  const fitting = fittingForm(schema)
  return (value, report) => {
    const parsed = toDate(value, report)
    return parsed ? fitting(value, [isoDate(parsed)], report) : value
  }
}

function toDate(value: unknown, report: Report): DateTime | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') {
    report.fail('date_type', value)
    return undefined
  }
  if (typeof value === 'string') {
    const whole = readWholeDate(value)
    if (!(whole instanceof CalendarError)) return whole
  }
  const exact = typeof value === 'number' || numeric.test(value) ? fromTimestamp(Number(value)) : readDateTime(value)
  const parsed = settle(exact, 'date_from_datetime_parsing', value, report)
  if (!parsed) return undefined
  const { hour, minute, second, microsecond } = parsed.time
  if (hour + minute + second + microsecond === 0) return parsed
  report.fail('date_from_datetime_inexact', value)
  return undefined
}

/** A time of day: from texts, and from seconds since midnight. */
export function time(schema: JsonSchema): Parse {
  const fitting = fittingForm(schema)
  return (value, report) => {
    const parsed = toTime(value, report)
    if (!parsed) return value
    const text = isoTime(parsed)
    // As pydantic writes it, whatever came.
    const given = fitting(undefined, [text, withOffset(parsed), isoTime({ ...parsed, offset: undefined })], report)
    // zod's times have no zone.
    if (parsed.offset !== undefined && given !== text && given !== withOffset(parsed)) report.restore(given, text)
    return given
  }
}

function toTime(value: unknown, report: Report): Time | undefined {
  if (typeof value === 'string') return settle(readTime(value), 'time_parsing', value, report)
  if (typeof value === 'number') return settle(timeOf(value), 'time_parsing', value, report)
  report.fail('time_type', value)
  return undefined
}

function timeOf(seconds: number): Time | CalendarError {
  if (Number.isNaN(seconds)) return new CalendarError('NaN values not permitted')
  if (seconds < 0) return new CalendarError('time in seconds should be positive')
  if (seconds >= 86_400) return new CalendarError('numeric times may not exceed 86,399 seconds')
  const parsed = fromTimestamp(seconds)
  return parsed instanceof CalendarError ? parsed : parsed.time
}

function settle<T extends object>(
  parsed: T | CalendarError,
  type: 'datetime_parsing' | 'datetime_from_date_parsing' | 'date_from_datetime_parsing' | 'time_parsing',
  value: unknown,
  report: Report,
): T | undefined {
  if (!(parsed instanceof CalendarError)) return parsed
  report.fail(type, value, { error: parsed.message })
  return undefined
}

/** `+00:00` in place of `Z`. */
function withOffset(time: Time): string {
  return isoTime(time).replace(/Z$/, '+00:00')
}

/**
 * Gives on the text as it came where the schema's own pattern takes it, else the first form that it takes:
 * schema libraries know fewer forms than pydantic.
 */
export function fittingForm(schema: JsonSchema): (value: unknown, forms: readonly string[], report: Report) => unknown {
  const patterns = patternsOf(schema)
    .map(regExpOf)
    .filter((pattern) => pattern !== undefined)
  const fits = (text: string) => patterns.every((pattern) => pattern.test(text))
  return (value, forms, report) => {
    report.floor('lax')
    if (typeof value === 'string' && (patterns.length > 0 ? fits(value) : forms.includes(value))) return value
    return forms.find(fits) ?? forms[0]
  }
}
