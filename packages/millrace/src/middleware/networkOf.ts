/**
 * Of an IPv4 address itself, of an IPv6 address its /64 network: whoever has one address there has them all
 * (RFC 4291, section 2.5.4). Without an address, as by a Unix socket, all are one.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return mapped
  if (!address.includes(':')) return address
  const [front = '', back] = address.split('%', 1)[0]?.split('::') ?? []
  const left = groupsOf(front)
  const right = groupsOf(back ?? '')
  const zeros = back === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...new Array<string>(Math.max(0, zeros)).fill('0'), ...right]
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}

function groupsOf(part: string): string[] {
  return part === '' ? [] : part.split(':')
}
