import type { Parse } from './report.ts'

const ipv4Text = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** An address of IPv4: from its text, and from the number that it is. */
export const ipv4: Parse = (value, report) => {
  report.floor('lax')
  if (typeof value === 'string' && ipv4Text.test(value)) return value
  const number = numberOf(value)
  if (number !== undefined && number < 2 ** 32)
    return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.')
  report.fail('ip_v4_address', value)
  return value
}

/** An address of IPv6 without a zone: from its text, and from the number that it is. */
export const ipv6: Parse = (value, report) => {
  report.floor('lax')
  if (typeof value === 'string' && /^[0-9A-Fa-f:.]+$/.test(value) && URL.canParse(`http://[${value}]`)) return value
  const number = numberOf(value)
  if (number !== undefined) {
    const groups = [48n, 32n, 16n, 0n].map((shift) => ((BigInt(number) >> shift) & 0xffffn).toString(16))
    return new URL(`http://[0:0:0:0:${groups.join(':')}]`).hostname.slice(1, -1)
  }
  report.fail('ip_v6_address', value)
  return value
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'boolean' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}
