import type { Server as NetServer, Socket } from 'node:net'
import type { TlsOptions as NodeTlsOptions } from 'node:tls'
import { StartupError } from '../errors/StartupError.ts'
import { milliseconds } from '../plan/limits.ts'
import type { TransportLog } from './exchange.ts'

/** A server's certificate and how it is used: options of `node:tls`, of which `key` and `cert`, or `pfx`, are needed. */
export interface TlsOptions
  extends Pick<
    NodeTlsOptions,
    | 'key'
    | 'cert'
    | 'ca'
    | 'pfx'
    | 'passphrase'
    | 'crl'
    | 'ciphers'
    | 'minVersion'
    | 'maxVersion'
    | 'requestCert'
    | 'rejectUnauthorized'
    | 'SNICallback'
  > {
  /** For a client to agree on keys, in milliseconds. Default 10,000; later the connection is cut. */
  readonly handshakeTimeoutMs?: number
}

/** It takes 9 ms of processor time to load, which only those who have a certificate shall need to start. */
export function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls')
}

/** What `node:tls` is given. @param protocols of which clients are told, the best first (RFC 7301) */
export function nodeTlsOptions(
  { handshakeTimeoutMs = 10_000, ...options }: TlsOptions,
  protocols: string[] = ['http/1.1'],
): NodeTlsOptions {
  return {
    ...options,
    ALPNProtocols: protocols,
    handshakeTimeout: milliseconds(handshakeTimeoutMs, 'tls.handshakeTimeoutMs'),
  }
}

/** Makes a server with a certificate. @throws {StartupError} `invalid_option` for one that cannot be used */
export function withCertificate<S>(make: () => S): S {
  try {
    return make()
  } catch (error) {
    throw new StartupError('invalid_option', `tls of listen() cannot be used: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

const speaksHttps = plainRefusal('This port speaks HTTPS: ask for https:// in place of http://\n')

function plainRefusal(text: string): string {
  return `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`
}

/** Node keeps here the connection that TLS is to be spoken over; there is no public way to it. */
type OverSocket = Socket & { readonly _parent?: Socket }

/**
 * Keeps the connections of a server, those that have not agreed on keys too, and tells of those that do not: at
 * the level of debug, because any client can bring that about as often as it likes.
 *
 * @returns what cuts those that are left
 */
export function watchTls(server: NetServer, log: TransportLog | undefined): () => void {
  const connections = new Set<Socket>()
  server.on('connection', (connection: Socket) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })
  // Before Node's server of HTTP, which would take it for a request that is none.
  server.prependListener('tlsClientError', (error: NodeJS.ErrnoException, connection: OverSocket) => {
    const { _parent: plain, remoteAddress: clientAddress } = connection
    log?.debug('A client did not complete the TLS handshake', { error, clientAddress })
    connection.destroy()
    if (error.code !== 'ERR_SSL_HTTP_REQUEST' || !plain?.writable) return
    plain.write(speaksHttps, 'latin1')
    plain.destroySoon()
  })
  return () => {
    for (const connection of connections) connection.destroy()
  }
}
