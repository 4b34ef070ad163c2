import { HttpError } from '../errors/HttpError.ts'
import { StartupError } from '../errors/StartupError.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import type { Middleware } from '../run/middleware.ts'
import { redirectTo } from './redirectTo.ts'

/** By which names an app may be asked. */
export interface TrustedHostsOptions {
  /** Names without ports: `api.example`, `*.api.example` for all names below it but not itself, `*` for all. */
  readonly hosts: readonly string[]
  /** Whoever asks for `api.example`, where only `www.api.example` is named, is sent there. Default true. */
  readonly wwwRedirect?: boolean
}

const keys: KnownKeys<TrustedHostsOptions> = {
  hosts: true,
  wwwRedirect: true,
}

/**
 * Answers 400, code `untrusted_host`, when the host that a client has asked for is none of the app's, so that no
 * URL is made of a name that somebody else has chosen. The port does not matter.
 *
 * @throws {StartupError} `invalid_option` for a pattern that is none
 *
 * @example
 * app.use(trustedHosts({ hosts: ['api.example', '*.api.example'] }))
 */
export function trustedHosts(options: TrustedHostsOptions): Middleware {
  refuseUnknownOptions(options, keys, 'trustedHosts()')
  const { hosts, wwwRedirect = true } = options
  const exact = new Set<string>()
  const suffixes: string[] = []
  for (const host of hosts) {
    if (!/^(\*|(\*\.)?[^*:/\s]+|\[[0-9A-Fa-f:.]+\])$/.test(host))
      throw new StartupError(
        'invalid_option',
        `trustedHosts() cannot use '${host}': give names without port, such as api.example or *.api.example`,
      )
    if (host.startsWith('*.')) suffixes.push(host.slice(1).toLowerCase())
    else exact.add(host.toLowerCase())
  }
  const isTrusted = (name: string) => exact.has(name) || suffixes.some((suffix) => name.endsWith(suffix))
  if (exact.has('*')) return (_context, next) => next()
  return (context, next) => {
    const name = nameOf(context.host)
    if (isTrusted(name)) return next()
    if (wwwRedirect && exact.has(`www.${name}`)) return redirectTo(context, { host: `www.${context.host}` })
    throw new HttpError(400, 'This host is not served here', { code: 'untrusted_host' })
  }
}

// RFC 3986, section 3.2. In a URL, `evil.example/.api.example` would lead to another host than its end says.
const hostPattern = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::\d*)?$/

/** The name of a host without its port, in lower case; empty for what is no host. */
function nameOf(host: string | undefined): string {
  return hostPattern.exec(host ?? '')?.[1]?.toLowerCase() ?? ''
}
