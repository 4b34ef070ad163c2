/** A point in a calendar, as the parts of a text say it. */
export interface DateTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly time: Time
}

export interface Time {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly microsecond: number
  /** In minutes; `undefined` for a time of no zone. */
  readonly offset: number | undefined
}

/** What is wrong with a text, in the words of the library that pydantic-core uses (https://docs.rs/speedate). */
export class CalendarError {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

export const midnight: Time = { hour: 0, minute: 0, second: 0, microsecond: 0, offset: undefined }

/** Beyond it, a number counts milliseconds and not seconds. */
const maxSeconds = 2e10

/** `2018-12-22` at the start of a text. */
function readDate(text: string): DateTime | CalendarError {
  if (text.length < 10) return new CalendarError('input is too short')
  const year = digits(text, 0, 4)
  if (year === undefined) return new CalendarError('invalid character in year')
  if (text[4] !== '-') return new CalendarError('invalid date separator, expected `-`')
  const month = digits(text, 5, 2)
  if (month === undefined) return new CalendarError('invalid character in month')
  if (text[7] !== '-') return new CalendarError('invalid date separator, expected `-`')
  const day = digits(text, 8, 2)
  if (day === undefined) return new CalendarError('invalid character in day')
  if (month < 1 || month > 12) return new CalendarError('month value is outside expected range of 1-12')
  if (day < 1 || day > daysIn(year, month)) return new CalendarError('day value is outside expected range')
  return { year, month, day, time: midnight }
}

/** A date and nothing else. */
export function readWholeDate(text: string): DateTime | CalendarError {
  const date = readDate(text)
  return date instanceof CalendarError || text.length === 10
    ? date
    : new CalendarError('unexpected extra characters at the end of the input')
}

/** `2018-12-22T14:00:00.5+01:00` */
export function readDateTime(text: string): DateTime | CalendarError {
  const date = readDate(text)
  if (date instanceof CalendarError) return date
  if (text.length === 10) return new CalendarError('input is too short')
  if (!/^[Tt_ ]$/.test(text[10] as string))
    return new CalendarError('invalid datetime separator, expected `T`, `t`, `_` or space')
  const time = readTime(text.slice(11))
  return time instanceof CalendarError ? time : { ...date, time }
}

/** `14:00`, with seconds, a fraction and an offset where the text has them. */
export function readTime(text: string): Time | CalendarError {
  if (text.length < 5) return new CalendarError('input is too short')
  const hour = digits(text, 0, 2)
  if (hour === undefined) return new CalendarError('invalid character in hour')
  if (text[2] !== ':') return new CalendarError('invalid time separator, expected `:`')
  const minute = digits(text, 3, 2)
  if (minute === undefined) return new CalendarError('invalid character in minute')
  if (hour > 23) return new CalendarError('hour value is outside expected range of 0-23')
  if (minute > 59) return new CalendarError('minute value is outside expected range of 0-59')
  let at = 5
  let second = 0
  let microsecond = 0
  if (text[at] === ':') {
    const read = digits(text, 6, 2)
    if (read === undefined) return new CalendarError('invalid character in second')
    if (read > 59) return new CalendarError('second value is outside expected range of 0-59')
    second = read
    at = 8
    if (text[at] === '.' || text[at] === ',') {
      const fraction = /^\d+/.exec(text.slice(at + 1))?.[0]
      if (fraction === undefined) return new CalendarError('second fraction digits missing after `.`')
      microsecond = Number(fraction.slice(0, 6).padEnd(6, '0'))
      at += 1 + fraction.length
    }
  }
  const offset = readOffset(text.slice(at))
  return offset instanceof CalendarError ? offset : { hour, minute, second, microsecond, offset }
}

function readOffset(text: string): number | undefined | CalendarError {
  if (text === '') return undefined
  if (text === 'Z' || text === 'z') return 0
  if (text[0] !== '+' && text[0] !== '-') {
    const isZulu = text[0] === 'Z' || text[0] === 'z'
    return new CalendarError(isZulu ? 'unexpected extra characters at the end of the input' : 'invalid timezone sign')
  }
  const hours = digits(text, 1, 2)
  if (hours === undefined) return new CalendarError('invalid timezone hour')
  const start = text[3] === ':' ? 4 : 3
  const minutes = digits(text, start, 2)
  if (minutes === undefined) return new CalendarError('invalid timezone minute')
  if (minutes > 59) return new CalendarError('timezone minute value is outside expected range of 0-59')
  if (hours > 23) return new CalendarError('timezone offset must be less than 24 hours')
  if (text.length > start + 2) return new CalendarError('unexpected extra characters at the end of the input')
  return (text[0] === '-' ? -1 : 1) * (hours * 60 + minutes)
}

/** A number of seconds, or of milliseconds where it is large, since 1970. */
export function fromTimestamp(value: number): DateTime | CalendarError {
  if (Number.isNaN(value)) return new CalendarError('NaN values not permitted')
  const seconds = Math.abs(value) > maxSeconds ? value / 1000 : value
  if (seconds > 253_402_300_799) return new CalendarError('dates after 9999 are not supported as unix timestamps')
  if (seconds < -62_167_219_200) return new CalendarError('dates before 0000 are not supported as unix timestamps')
  const whole = Math.floor(seconds)
  const date = new Date(whole * 1000)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    time: {
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      microsecond: Math.round((seconds - whole) * 1e6),
      offset: 0,
    },
  }
}

/** Milliseconds since 1970, a time of no zone taken for one of UTC. */
export function toMilliseconds({ year, month, day, time }: DateTime): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(time.hour, time.minute - (time.offset ?? 0), time.second, Math.floor(time.microsecond / 1000))
  return date.getTime()
}

/** In the form of ISO 8601 that pydantic writes. */
export function isoDate({ year, month, day }: DateTime): string {
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`
}

/** In the form of ISO 8601 that pydantic writes: a fraction only where there is one, `Z` for no offset. */
export function isoTime({ hour, minute, second, microsecond, offset }: Time): string {
  const fraction = microsecond === 0 ? '' : `.${pad(microsecond, 6)}`
  return `${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}${isoOffset(offset)}`
}

function isoOffset(offset: number | undefined): string {
  if (offset === undefined) return ''
  if (offset === 0) return 'Z'
  const minutes = Math.abs(offset)
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0')
}

function digits(text: string, start: number, count: number): number | undefined {
  const part = text.slice(start, start + count)
  return part.length === count && /^\d+$/.test(part) ? Number(part) : undefined
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
