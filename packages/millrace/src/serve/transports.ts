import type { Transport } from './exchange.ts'

/** A transport of ours, by its name. */
export type TransportName = 'net' | 'http' | 'http2'

/** The one that is taken where none is named. */
export const defaultTransport: TransportName = 'net'

/** Each is loaded only when an app listens with it. */
const transports: Readonly<Record<TransportName, () => Promise<Transport>>> = {
  net: async () => (await import('./net/listenNet.ts')).listenNet,
  http: async () => (await import('./http/listenHttp1.ts')).listenHttp1,
  http2: async () => (await import('./http2/listenHttp2.ts')).listenHttp2,
}

/** The names of all of them. */
export const transportNames: readonly TransportName[] = Object.keys(transports) as TransportName[]

/** @throws {TypeError} for a name that no transport has */
export function loadTransport(transport: TransportName | Transport): Transport | Promise<Transport> {
  if (typeof transport === 'function') return transport
  const load = Object.hasOwn(transports, transport) ? transports[transport] : undefined
  if (load) return load()
  const names = transportNames.map((name) => `'${name}'`).join(', ')
  throw new TypeError(`There is no transport '${transport}': take ${names}, or give a function`)
}
