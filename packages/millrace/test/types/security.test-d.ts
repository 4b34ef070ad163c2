/** What guards and sessions give. Checked by `tsc`; nothing here runs. */
import { App, dependency } from 'millrace'
import {
  anyOf,
  apiKey,
  apiKeys,
  type BasicCredentials,
  httpBasic,
  httpBearer,
  type JwtClaims,
  jwt,
  MemoryApiKeyStore,
  oauth2Password,
  passwordForm,
  requiredScopes,
  security,
  type VerifiedApiKey,
} from 'millrace/security'
import { sessions } from 'millrace/sessions'
import { z } from 'zod'
import { same } from './same.ts'

const app = new App()
const secret = 'a-secret-of-32-bytes-for-testing'

const deps = {
  token: httpBearer(),
  maybe: httpBearer({ optional: true }),
  login: httpBasic(),
  maybeLogin: httpBasic({ realm: 'a', optional: true }),
  key: apiKey({ in: 'cookie', name: 'key' }),
  scopes: requiredScopes,
  claims: jwt({ secret }),
  user: jwt({ secret, claims: z.object({ sub: z.string() }) }),
  verified: apiKeys({ store: new MemoryApiKeyStore() }),
}
app.get('/', { deps }, (context) => {
  same<string>()(context.token)
  same<string | undefined>()(context.maybe)
  same<BasicCredentials>()(context.login)
  same<BasicCredentials | undefined>()(context.maybeLogin)
  same<string>()(context.key)
  same<readonly string[]>()(context.scopes)
  same<JwtClaims>()(context.claims)
  same<{ sub: string }>()(context.user)
  same<VerifiedApiKey>()(context.verified)
})

const person = dependency({ deps: { token: deps.token } }, () => ({ kind: 'person' as const }))
const program = dependency({ deps: { key: deps.key } }, () => ({ kind: 'program' as const }))
const caller = security(anyOf(person, program), { scopes: ['a'] })
app.get('/', { deps: { caller } }, ({ caller }) => same<'person' | 'program'>()(caller.kind))

// @ts-expect-error one alternative is none
anyOf(person)
// @ts-expect-error a key that no scheme has
httpBearer({ optinal: true })
// @ts-expect-error where a key can be sent
apiKey({ in: 'body', name: 'key' })
// @ts-expect-error a token comes from somewhere
oauth2Password({ scopes: {} })
// @ts-expect-error an optional token is none for jwt()
jwt({ secret, token: httpBearer({ optional: true }) })
// @ts-expect-error none is no algorithm
jwt({ secret, algorithms: ['none'] })

app.post('/token', { body: passwordForm() }, ({ body }) => {
  same<string>()(body.username)
  same<readonly string[]>()(body.scopes)
  same<string | undefined>()(body.clientId)
})

const web = sessions({ secret, schema: z.object({ userId: z.int(), since: z.string() }).partial() })
app.use(web)
app.get('/', { deps: { session: web.session } }, ({ session }) => {
  same<number | undefined>()(session.get('userId'))
  session.set('since', 'today')
  // @ts-expect-error another type
  session.set('userId', 'three')
  // @ts-expect-error another key
  session.get('user')
})
const plain = sessions({ secret })
app.get('/', { deps: { session: plain.session } }, ({ session }) => same<unknown>()(session.get('anything')))
// @ts-expect-error an unknown format
sessions({ secret, format: 'django' })
