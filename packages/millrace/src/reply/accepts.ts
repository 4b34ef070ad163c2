import Negotiator from 'negotiator'
import { codedError } from '../errors/codedError.ts'
import type { BaseContext } from '../input/baseContext.ts'

/**
 * Which of some media types the client likes best (RFC 9110, section 12.5.1), of those that it likes as well the
 * first. Without an `accept` header it takes any. The answer gets `vary: Accept`, so that caches keep the forms apart.
 *
 * @param context of the handler
 * @param offered what the operation can answer with, the best first
 * @throws {HttpError} `not_acceptable` (406) when the client takes none of them
 *
 * @example
 * app.get('/items', { response: z.array(Item) }, (context) =>
 *   accepts(context, ['application/json', 'text/csv']) === 'text/csv' ? csvOf(items) : items)
 */
export function accepts<const M extends string>(
  { request, response }: Pick<BaseContext, 'request' | 'response'>,
  offered: readonly M[],
): M {
  const accept = request.headers.get('accept') ?? '*/*'
  const [best] = new Negotiator({ headers: { accept } }).mediaTypes([...offered])
  response.headers.vary('Accept')
  // It gives back one of those that it was given.
  if (best !== undefined) return best as M
  throw codedError('not_acceptable', `The header 'accept' asks for none of ${offered.join(', ')}`, {
    headers: { vary: 'Accept' },
  })
}
