/** Sends one request. */
export type SendOne = (url: string, init: RequestInit) => Promise<Response>

/** As browsers do (Fetch standard, section 4.4). */
const maxRedirects = 20

/**
 * Sends a request, and those that its answers redirect to, as `fetch` does; one that leads to another host is
 * answered as it is, for there is no network.
 *
 * @throws {TypeError} after twenty of them
 */
export async function follow(
  send: SendOne,
  url: string,
  init: RequestInit,
): Promise<{ readonly response: Response; readonly history: readonly Response[] }> {
  const history: Response[] = []
  let [current, currentInit] = [url, init]
  for (;;) {
    const response = await send(current, currentInit)
    Object.defineProperty(response, 'redirected', { value: history.length > 0 })
    const location = response.headers.get('location')
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return { response, history }
    const next = new URL(location, current)
    if (next.host !== new URL(current).host) return { response, history }
    if (history.push(response) > maxRedirects) throw new TypeError(`${url} redirects more than ${maxRedirects} times`)
    next.hash = ''
    current = next.href
    currentInit = redirected(currentInit, response.status)
  }
}

/** 303 asks anew by GET, and so do 301 and 302 after a POST; what described the body is left out with it. */
function redirected(init: RequestInit, status: number): RequestInit {
  const method = (init.method ?? 'GET').toUpperCase()
  const becomesGet = status === 303 ? method !== 'GET' && method !== 'HEAD' : status <= 302 && method === 'POST'
  const headers = new Headers(init.headers)
  if (!becomesGet) return { ...init, headers }
  for (const name of ['content-type', 'content-length', 'content-encoding', 'content-language', 'content-location'])
    headers.delete(name)
  return { ...init, method: 'GET', body: null, headers }
}
