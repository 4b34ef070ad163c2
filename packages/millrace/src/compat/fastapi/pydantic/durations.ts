import type { JsonSchema } from '../../../plan/jsonSchema.ts'
import { CalendarError, readTime } from './calendar.ts'
import { fittingForm } from './dates.ts'
import type { Parse } from './report.ts'

const secondsPerDay = 86_400
const maxDays = 999_999_999
const datePart: Readonly<Record<string, number>> = { Y: 365, M: 30, W: 7, D: 1 }
const timePart: Readonly<Record<string, number>> = { H: 3600, M: 60, S: 1 }

/** A length of time: from ISO 8601, from `3 days, 02:00:00`, and from seconds; given on as ISO 8601. */
export function duration(schema: JsonSchema): Parse {
  const fitting = fittingForm(schema)
  return (value, report) => {
    const seconds =
      typeof value === 'string'
        ? readDuration(value)
        : typeof value === 'number' || typeof value === 'boolean'
          ? secondsOf(Number(value))
          : undefined
    if (seconds === undefined) report.fail('time_delta_type', value)
    else if (seconds instanceof CalendarError) report.fail('time_delta_parsing', value, { error: seconds.message })
    else return fitting(value, [isoDuration(seconds)], report)
    return value
  }
}

function secondsOf(value: number): number | CalendarError {
  if (Number.isNaN(value)) return new CalendarError('NaN values not permitted')
  if (Math.abs(value) > maxDays * secondsPerDay) return new CalendarError('durations may not exceed 999,999,999 days')
  return value
}

function readDuration(text: string): number | CalendarError {
  const signed = /^[+-]/.test(text)
  const sign = text.startsWith('-') ? -1 : 1
  const rest = signed ? text.slice(1) : text
  if (rest === '') return new CalendarError('input is too short')
  const seconds = rest.startsWith('P') ? readIso(rest.slice(1)) : readClock(rest, text.length)
  if (seconds instanceof CalendarError) return seconds
  return seconds > maxDays * secondsPerDay
    ? new CalendarError('durations may not exceed 999,999,999 days')
    : sign * seconds
}

/** `1DT2H`: what follows the `P`. */
function readIso(text: string): number | CalendarError {
  if (text === '' || text === 'T') return new CalendarError('input is too short')
  let seconds = 0
  let isTime = false
  let rest = text
  while (rest !== '') {
    if (rest.startsWith('T') && !isTime) {
      isTime = true
      rest = rest.slice(1)
      continue
    }
    const where = isTime ? 'time' : 'date'
    const [whole, number, unit] = /^(\d+(?:[.,]\d+)?)(.?)/su.exec(rest) ?? []
    if (whole === undefined || number === undefined) return new CalendarError('invalid digit in duration')
    if (number.length > 10) return new CalendarError('a numeric value in the duration is too large')
    const size = isTime ? timePart[unit as string] : datePart[unit as string]
    if (size === undefined) return new CalendarError(`quantity invalid in ${where} part of duration`)
    seconds += Number(number.replace(',', '.')) * size * (isTime ? 1 : secondsPerDay)
    rest = rest.slice(whole.length)
  }
  return seconds
}

/** `3 days, 02:00:00`, or either part of it. */
function readClock(text: string, length: number): number | CalendarError {
  // The library tells the two apart so.
  if (length >= 5 && !/d/i.test(text)) return readHours(text)
  const [whole, days] = /^(\d+)/.exec(text) ?? []
  if (whole === undefined) return new CalendarError('invalid digit in duration')
  if (whole.length > 9) return new CalendarError('a numeric value in the duration is too large')
  const unit = /^\s*d(?:ays?)?,?(?:\s+|$)/i.exec(text.slice(whole.length))
  if (!unit) return new CalendarError('"day" identifier in duration not correctly formatted')
  const clock = text.slice(whole.length + unit[0].length)
  if (Number(/^\d+(?=:)/.exec(clock)?.[0]) > 23) return new CalendarError('durations may not exceed 999,999,999 hours')
  const seconds = clock === '' ? 0 : readHours(clock)
  return seconds instanceof CalendarError ? seconds : Number(days) * secondsPerDay + seconds
}

/** `02:00:00.5`; hours may be more than a day has. */
function readHours(text: string): number | CalendarError {
  const hours = /^\d+(?=:)/.exec(text)?.[0]
  if (hours === undefined) return new CalendarError('invalid character in hour')
  const time = readTime(`00${text.slice(hours.length)}`)
  if (time instanceof CalendarError) return time
  return Number(hours) * 3600 + time.minute * 60 + time.second + time.microsecond / 1e6
}

/** As pydantic writes it: `P1DT2H`, and `PT0S` for none. */
function isoDuration(seconds: number): string {
  const total = Math.abs(seconds)
  const days = Math.floor(total / secondsPerDay)
  const rest = total - days * secondsPerDay
  const hours = Math.floor(rest / 3600)
  const minutes = Math.floor((rest % 3600) / 60)
  const left = Number((rest % 60).toFixed(6))
  const time = (hours ? `${hours}H` : '') + (minutes ? `${minutes}M` : '') + (left ? `${left}S` : '')
  const text = `P${days ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`
  return `${seconds < 0 ? '-' : ''}${text === 'P' ? 'PT0S' : text}`
}
