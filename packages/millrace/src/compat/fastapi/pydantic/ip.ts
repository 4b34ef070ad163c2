import type { Parse } from './report.ts'

const ipv4Text = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** An address of IPv4. */
export const ipv4: Parse = (value, report) => {
  if (typeof value !== 'string' || !ipv4Text.test(value)) report.fail('ip_v4_address', value)
  return value
}

/** An address of IPv6, without a zone. */
export const ipv6: Parse = (value, report) => {
  const isAddress = typeof value === 'string' && /^[0-9A-Fa-f:.]+$/.test(value) && URL.canParse(`http://[${value}]`)
  if (!isAddress) report.fail('ip_v6_address', value)
  return value
}
