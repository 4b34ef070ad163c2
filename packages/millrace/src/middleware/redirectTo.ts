import type { MiddlewareContext } from '../input/context.ts'
import { Answer } from '../serve/answer.ts'

/** Sends a client to the same path and query at another origin; 307 and 308 keep method and body. */
export function redirectTo(
  { request }: MiddlewareContext,
  { host, scheme, status = 307 }: { readonly host?: string; readonly scheme?: string; readonly status?: 307 | 308 },
): Answer {
  const { protocol, host: asked, pathname, search } = new URL(request.url)
  return new Answer(
    status,
    ['location', `${scheme ? `${scheme}:` : protocol}//${host ?? asked}${pathname}${search}`],
    null,
  )
}
