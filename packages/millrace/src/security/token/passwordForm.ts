import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import { markKey } from '../../plan/jsonSchema.ts'
import { type BodyKind, form } from '../../plan/kind.ts'

/** What a client sends to get a token, by the names of RFC 6749, section 4.3.2. */
export interface PasswordFormFields {
  readonly grant_type?: 'password'
  readonly username: string
  readonly password: string
  /** Separated by spaces. */
  readonly scope?: string
  readonly client_id?: string
  readonly client_secret?: string
}

/** What the handler of a token endpoint gets. */
export interface PasswordCredentials {
  readonly username: string
  readonly password: string
  /** What the client asks for: grant no more than the user has. */
  readonly scopes: readonly string[]
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
}

/**
 * The body of a token endpoint for the password flow of OAuth 2.0 (RFC 6749, section 4.3.2), a URL-encoded form
 * with `username`, `password`, `scope` (by spaces), `grant_type`, `client_id` and `client_secret`. It needs no
 * schema library. RFC 9700 advises against this flow, except where the API and who signs in belong together.
 *
 * @param options `strict`: `grant_type=password` has to be there, as the RFC says. Default false: many clients leave it out
 *
 * @example
 * app.post('/token', { body: passwordForm(), use: [tokenEndpoint()] }, ({ body }) => signIn(body.username, body.password))
 */
export function passwordForm({
  strict = false,
}: {
  readonly strict?: boolean
} = {}): BodyKind<PasswordFormFields, PasswordCredentials> & { readonly kind: 'form' } {
  return form(strict ? strictSchema : lenientSchema)
}

type FormSchema = {
  readonly '~standard': StandardSchemaV1.Props<PasswordFormFields, PasswordCredentials> & StandardJSONSchemaV1.Props
}

const lenientSchema = schemaOf(false)
const strictSchema = schemaOf(true)

function schemaOf(isStrict: boolean): FormSchema {
  return {
    '~standard': {
      version: 1,
      vendor: 'millrace',
      validate: (value) => validate(value as Readonly<Record<string, unknown>>, isStrict),
      jsonSchema: { input: () => describe(isStrict), output: () => describe(isStrict) },
    },
  }
}

function validate(
  fields: Readonly<Record<string, unknown>>,
  isStrict: boolean,
): StandardSchemaV1.Result<PasswordCredentials> {
  const { grant_type: grantType, username, password, scope, client_id: clientId, client_secret: clientSecret } = fields
  const issues: StandardSchemaV1.Issue[] = []
  if (grantType === undefined ? isStrict : grantType !== 'password')
    issues.push({ path: ['grant_type'], message: "Has to be 'password'" })
  if (typeof username !== 'string') issues.push({ path: ['username'], message: 'Required' })
  if (typeof password !== 'string') issues.push({ path: ['password'], message: 'Required' })
  if (issues.length > 0) return { issues }
  return {
    value: {
      username: username as string,
      password: password as string,
      scopes: textOf(scope)?.split(' ').filter(Boolean) ?? [],
      clientId: textOf(clientId),
      clientSecret: textOf(clientSecret),
    },
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

const noneInPython = { [markKey]: 'none' }

function describe(isStrict: boolean): Record<string, unknown> {
  return {
    type: 'object',
    properties: {
      grant_type: { type: 'string', pattern: '^password$', ...(isStrict ? {} : noneInPython) },
      username: { type: 'string' },
      password: { type: 'string', format: 'password' },
      scope: { type: 'string', default: '' },
      client_id: { type: 'string', ...noneInPython },
      client_secret: { type: 'string', format: 'password', ...noneInPython },
    },
    required: [...(isStrict ? ['grant_type'] : []), 'username', 'password'],
  }
}
