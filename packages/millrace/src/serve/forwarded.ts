import { BlockList, isIP } from 'node:net'
import { StartupError } from '../errors/StartupError.ts'

/**
 * Whose `X-Forwarded-*` headers are believed.
 *
 * - A number: so many proxies stand before the app, and nobody reaches it around them.
 * - Addresses or networks of proxies: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`, or the names `loopback`, `private`, and
 *   `unix`, which is whoever connects by a Unix socket.
 */
export type TrustProxy = number | readonly string[]

/** What a request was before proxies passed it on; `undefined` where they do not say. */
export interface Forwarded {
  readonly clientAddress: string | undefined
  readonly scheme: 'http' | 'https' | undefined
  readonly host: string | undefined
  /** The part of the path that a proxy has taken away, such as `/api`. */
  readonly prefix: string | undefined
}

/** Reads one header of a request by its lower-case name. */
type ReadHeader = (name: string) => string | undefined

/** What is given for the address of a connection by a Unix socket, which has none. */
export const unixPeer = 'unix'

/** Tells what proxies that are trusted have said of a request; `peer` is the address of the connection, or {@link unixPeer}. */
export type ReadForwarded = (peer: string | undefined, header: ReadHeader) => Forwarded

const named: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10'],
}

/** Compiles how forwarded headers are read. @throws {StartupError} `invalid_option` */
export function compileForwarded(trust: TrustProxy): ReadForwarded {
  if (typeof trust !== 'number' && !Array.isArray(trust))
    throw new StartupError(
      'invalid_option',
      `trustProxy has to be the number of proxies before the app, or a list of their addresses, not ${String(trust)}: whom it believes can say that a request comes from anybody`,
    )
  const countTrusted = typeof trust === 'number' ? countOf(trust) : walkOf(trust)
  return (peer, header) => {
    const addresses = [peer, ...listed(header('x-forwarded-for')).reverse().map(withoutPort)]
    const hops = countTrusted(addresses)
    if (hops === 0)
      return {
        clientAddress: peer === unixPeer ? undefined : peer,
        scheme: undefined,
        host: undefined,
        prefix: undefined,
      }
    const scheme = atHop(header('x-forwarded-proto'), hops)?.toLowerCase()
    return {
      clientAddress: clientOf(addresses, hops),
      scheme: scheme === 'http' || scheme === 'https' ? scheme : undefined,
      host: atHop(header('x-forwarded-host'), hops),
      prefix: prefixPattern.exec(atHop(header('x-forwarded-prefix'), hops) ?? '')?.[1],
    }
  }
}

// A path: two slashes at its start would make it the name of a host wherever a URL is made of it. Those at its end are
// none of it; to replace them would take quadratic time where many stand in its midst: 77 ms for 16 KiB, Node 24.
const prefixPattern = /^((?:\/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+)\/*$/

/** How many of the addresses, from the peer on, are proxies that are believed. */
type CountTrusted = (addresses: readonly (string | undefined)[]) => number

function countOf(proxies: number): CountTrusted {
  if (!Number.isInteger(proxies) || proxies < 1)
    throw new StartupError('invalid_option', `trustProxy has to be the number of proxies, from 1, not ${proxies}`)
  return () => proxies
}

function walkOf(trust: readonly string[]): CountTrusted {
  const networks = networksOf(trust.filter((entry) => entry !== unixPeer))
  const trustsUnix = trust.includes(unixPeer)
  const isTrusted = (address: string | undefined) => {
    const family = isIP(address ?? '')
    return family !== 0 && networks.check(address as string, family === 4 ? 'ipv4' : 'ipv6')
  }
  return (addresses) => {
    // Where a proxy writes that word, it is no address of anybody.
    const stranger = addresses.findIndex((address, hop) =>
      hop === 0 && address === unixPeer ? !trustsUnix : !isTrusted(address),
    )
    return stranger < 0 ? addresses.length : stranger
  }
}

function networksOf(entries: readonly string[]): BlockList {
  const networks = new BlockList()
  for (const entry of entries.flatMap((one) => named[one] ?? [one])) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address)
    const size = family === 4 ? 32 : 128
    const prefix = bits === undefined ? size : Number(bits)
    if (family === 0 || !/^\d*$/.test(bits ?? '') || bits === '' || prefix > size)
      throw new StartupError(
        'invalid_option',
        `trustProxy names '${entry}': give addresses, networks such as 10.0.0.0/8, or ${[...Object.keys(named), unixPeer].join(', ')}`,
      )
    networks.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6')
  }
  return networks
}

/** The address behind the trusted proxies; the furthest that is one, where they name fewer. */
function clientOf(addresses: readonly (string | undefined)[], hops: number): string | undefined {
  for (let index = Math.min(hops, addresses.length - 1); index > 0; index--) {
    const address = addresses[index] as string
    if (isIP(address) !== 0) return address
  }
  return addresses[0] === unixPeer ? undefined : addresses[0]
}

/** Of a list that each proxy appends to, what the furthest trusted one has said; a single value is its own. */
function atHop(value: string | undefined, hops: number): string | undefined {
  const all = listed(value)
  return all[Math.max(0, all.length - hops)]
}

function listed(value: string | undefined): string[] {
  if (value === undefined) return []
  return value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
}

/** Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(address: string): string {
  const [, inBrackets, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(address) ?? []
  return inBrackets ?? plain ?? address
}
