import type { ServerObject } from '../plan/openapiObjects.ts'

/**
 * What the docs pages may load: only files of the package. Both viewers set inline styles; ReDoc searches in
 * a worker that it makes from a blob. Where servers are declared, operations can be tried on them too.
 */
export function contentSecurityPolicy(servers: readonly ServerObject[]): string {
  const origins = new Set(
    servers.flatMap(({ url }) => (/^https?:\/\/[^{]+$/.test(url) && URL.canParse(url) ? [new URL(url).origin] : [])),
  )
  return [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "worker-src 'self' blob:",
    ...(origins.size > 0 ? [`connect-src 'self' ${[...origins].join(' ')}`] : []),
  ].join('; ')
}
