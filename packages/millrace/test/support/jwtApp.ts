import { App, type Dependency } from 'millrace'
import { security } from 'millrace/security'
import { secret } from './jwt.ts'

export const hs = { alg: 'HS256', typ: 'JWT' }
export const claims = { sub: 'ada', iss: 'https://id.example', aud: 'api', exp: 32_503_680_000 }
export const checked = { secret, issuer: 'https://id.example', audience: 'api' }

export function appWith(dependency: Dependency, scopes: readonly string[] = []): App {
  const app = new App()
  app.get('/', { deps: { claims: security(dependency, { scopes }) } }, ({ claims }) => claims)
  return app
}

export function invalid(detail: string) {
  return [
    401,
    `Bearer error="invalid_token", error_description="${detail}"`,
    { type: 'about:blank', title: 'Unauthorized', status: 401, detail, code: 'invalid_token' },
  ]
}

export interface Asked {
  request(path: string, init?: RequestInit): Promise<Response>
}

export async function ask({ request }: Asked, token: string) {
  const response = await request('/', { headers: { authorization: `Bearer ${token}` } })
  return [response.status, response.headers.get('www-authenticate'), await response.json()]
}
