import type { Transport } from './exchange.ts'

/** A transport of ours, by its name. */
export type TransportName = 'http' | 'net'

/** Each is loaded only when an app listens with it. */
const transports: Readonly<Record<TransportName, () => Promise<Transport>>> = {
  http: async () => (await import('./http.ts')).listenHttp,
  net: async () => (await import('./net/listenNet.ts')).listenNet,
}

/** @throws {TypeError} for a name that no transport has */
export function loadTransport(transport: TransportName | Transport): Transport | Promise<Transport> {
  if (typeof transport === 'function') return transport
  const load = transports[transport]
  if (!load) throw new TypeError(`There is no transport '${transport}': take 'http' or 'net', or give a function`)
  return load()
}
