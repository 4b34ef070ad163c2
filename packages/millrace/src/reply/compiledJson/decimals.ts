/** What a decimal of {@link writeDecimal} takes at most, with a character before and after it. */
export const maxDecimalLength = 19

/** What {@link writeDecimal} gives for a number that is none of its kind. */
export const noDecimal = -1

/** Of each number up to 999 its three digits, and how many are left without the zeros at the end. */
let digits: Uint8Array | undefined

/**
 * Writes a number below 1e9 that has up to six decimal places, as `String` would. Returns where it ends, or `noDecimal` for
 * any other number.
 *
 * A decimal of up to 15 digits is the only one of so few whose nearest double is this one, hence the shortest, which is
 * what `String` writes (ECMA-262, Number::toString); and division of integers below 2 ** 53 gives the nearest double.
 */
export function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  const table = (digits ??= makeDigits())
  const size = value < 0 ? -value : value
  if (!(size < 1e9)) return noDecimal
  const whole = size | 0
  const millionths = ((size - whole) * 1e6 + 0.5) | 0
  if ((whole * 1e6 + millionths) / 1e6 !== size) return noDecimal
  let end = at
  if (value < 0) bytes[end++] = minus
  if (whole < 10) bytes[end++] = zero + whole
  else end = writeWhole(bytes, end, whole, table)
  if (millionths === 0) return end
  const thousandths = (millionths / 1000) | 0
  const high = thousandths * 4
  const low = (millionths - thousandths * 1000) * 4
  bytes[end] = point
  bytes[end + 1] = table[high] as number
  bytes[end + 2] = table[high + 1] as number
  bytes[end + 3] = table[high + 2] as number
  if (low === 0) return end + 1 + (table[high + 3] as number)
  bytes[end + 4] = table[low] as number
  bytes[end + 5] = table[low + 1] as number
  bytes[end + 6] = table[low + 2] as number
  return end + 4 + (table[low + 3] as number)
}

function writeWhole(bytes: Uint8Array, at: number, whole: number, table: Uint8Array): number {
  let end = at
  const thousands = (whole / 1000) | 0
  const row = (whole - thousands * 1000) * 4
  if (thousands > 0) end = writeWhole(bytes, end, thousands, table)
  if (thousands > 0 || whole >= 100) bytes[end++] = table[row] as number
  if (thousands > 0 || whole >= 10) bytes[end++] = table[row + 1] as number
  bytes[end] = table[row + 2] as number
  return end + 1
}

function makeDigits(): Uint8Array {
  const table = new Uint8Array(4000)
  for (let number = 0; number < 1000; number++) {
    const text = String(number).padStart(3, '0')
    for (let place = 0; place < 3; place++) table[number * 4 + place] = text.charCodeAt(place)
    table[number * 4 + 3] = text.replace(/0+$/, '').length
  }
  return table
}

const minus = 0x2d
const point = 0x2e
const zero = 0x30
