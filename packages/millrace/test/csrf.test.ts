import { App, csrf, StartupError } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports } from './support/serve.ts'

const refused = {
  type: 'about:blank',
  title: 'Forbidden',
  status: 403,
  detail: 'Another site has made the browser send this: only the app itself may',
  code: 'cross_site_request',
}

describeTransports('csrf', (serve) => {
  async function post(headers: (host: string) => Record<string, string>, method = 'POST') {
    const app = new App({ use: [csrf({ trustedOrigins: ['https://partner.example'] })] })
    app.post('/', () => 'done')
    app.get('/', () => 'done')
    const { request, url } = await serve(app)
    const response = await request('/', { method, headers: headers(new URL(url).host) })
    return response.status === 200 ? await response.text() : await response.json()
  }

  it.each<[string, (host: string) => Record<string, string>, unknown]>([
    ['no browser', () => ({}), 'done'],
    ['the app itself', () => ({ 'sec-fetch-site': 'same-origin' }), 'done'],
    ['the user', () => ({ 'sec-fetch-site': 'none' }), 'done'],
    ['another site', () => ({ 'sec-fetch-site': 'cross-site' }), refused],
    ['a neighbour', () => ({ 'sec-fetch-site': 'same-site' }), refused],
    ['what nobody knows', () => ({ 'sec-fetch-site': 'x' }), refused],
    ['the same host', (host) => ({ origin: `http://${host}` }), 'done'],
    ['the same host by another scheme', (host) => ({ origin: `https://${host}` }), 'done'],
    ['another host', () => ({ origin: 'https://evil.example' }), refused],
    ['a host with the same beginning', (host) => ({ origin: `http://${host}.evil.example` }), refused],
    ['a sandbox', () => ({ origin: 'null' }), refused],
    ['a partner', () => ({ origin: 'https://partner.example', 'sec-fetch-site': 'cross-site' }), 'done'],
    ['a partner over http', () => ({ origin: 'http://partner.example', 'sec-fetch-site': 'cross-site' }), refused],
  ])('answers what comes from %s', async (_who, headers, expected) => {
    expect(await post(headers)).toEqual(expected)
  })

  it.each(['https://a.example/', 'a.example', 'https://A.example', '*'])('does not trust %s', (origin) => {
    expect(() => csrf({ trustedOrigins: [origin] })).toThrow(
      new StartupError('invalid_option', `csrf() cannot trust '${origin}': an origin is such as https://app.example`),
    )
  })

  it('knows the port of a scheme, which a proxy may name and a browser does not', async () => {
    const app = new App({ trustProxy: 1, use: [csrf()] })
    app.post('/', () => 'done')
    const { request } = await serve(app)
    const statusOf = async (host: string) => {
      const headers = { origin: 'https://app.example', 'x-forwarded-host': host }
      return (await request('/', { method: 'POST', headers })).status
    }
    expect([await statusOf('app.example:443'), await statusOf('app.example:8443')]).toEqual([200, 403])
  })

  it('lets everybody read', async () => {
    expect(await post(() => ({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }), 'GET')).toBe('done')
  })
})
