import { Answer } from '../serve/answer.ts'
import { HeaderList } from '../serve/headers.ts'

/** Statuses that send a client elsewhere (RFC 9110, section 15.4). */
export type RedirectStatus = 301 | 302 | 303 | 307 | 308

/**
 * Sends the client to another URL. What a URL cannot hold, line breaks among it, is percent-encoded. A URL that a
 * caller has a say in can lead to any site: compare it with a list of your own first.
 *
 * @param url absolute, or relative to that of the request
 * @param status 307 (default) and 308 keep method and body, and 308 is for good; 303 goes on with GET, as after a
 *   form; 302 and 301 leave it to the client, and 301 is for good
 *
 * @example
 * app.get('/docs/latest', () => redirect('/docs/v3'))
 */
export function redirect(url: string | URL, status: RedirectStatus = 307): Answer {
  return new Answer(status, HeaderList['~of']('location', encoded(String(url))), null)
}

// RFC 3986, section 2: what may stand in a URL, `%` included, so that what is encoded is not encoded once more.
const outsideOfUrls = /[^\w\-.~:/?#[\]@!$&'()*+,;=%]+/g

function encoded(url: string): string {
  return url.toWellFormed().replace(outsideOfUrls, encodeURIComponent)
}
