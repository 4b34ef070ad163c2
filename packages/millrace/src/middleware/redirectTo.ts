import type { MiddlewareContext } from '../input/baseContext.ts'
import { Answer } from '../serve/answer.ts'

/**
 * Sends a client to the same path and query at another origin; 307 and 308 keep method and body. The path is that of
 * the client: a proxy may have taken the start of it away.
 */
export function redirectTo(
  { request, basePath, path }: MiddlewareContext,
  { host, scheme, status = 307 }: { readonly host?: string; readonly scheme?: string; readonly status?: 307 | 308 },
): Answer {
  const { protocol, host: asked, origin, search } = new URL(request.url)
  // Behind an origin, where two slashes at its start do not make it the name of a host.
  const { pathname } = new URL(`${origin}${basePath}${path}`)
  return new Answer(
    status,
    ['location', `${scheme ? `${scheme}:` : protocol}//${host ?? asked}${pathname}${search}`],
    null,
  )
}
