import { validatorOf } from '../check/validator.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { Dependency } from '../plan/dependency.ts'
import { type KnownKeys, refuseUnknownOptions } from '../plan/knownOptions.ts'
import { amount } from '../plan/limits.ts'
import type { Output, SchemaLike } from '../plan/schema.ts'
import type { Middleware } from '../run/middleware.ts'
import { SessionCookie, type SessionCookieOptions } from './cookie.ts'
import { flaskFormat } from './formats/flask.ts'
import type { SessionData } from './formats/format.ts'
import { millraceFormat } from './formats/millrace.ts'
import { starletteFormat } from './formats/starlette.ts'
import { cookieKeeper, type Keeper, storeKeeper } from './keeper.ts'
import { SessionLayer } from './layer.ts'
import type { Session } from './Session.ts'
import type { SessionStore } from './SessionStore.ts'
import { secretsOf } from './signer.ts'

/** How sessions are kept. */
export interface SessionsOptions<S extends SchemaLike | undefined = undefined> {
  /**
   * Signs the cookie. Of several the first signs, and all verify: put a new one in front to change it. At least 32
   * bytes each; those of the formats of Python may be shorter, as they come from there.
   */
  readonly secret: string | readonly string[]
  /**
   * Checks what a cookie or a store gives, and types it; a session that does not fit is taken for none. Keys that are
   * not always there are optional in it: a session that does not fit when it is to be written is an error.
   */
  readonly schema?: S
  /** For how long a session that does not change is valid, in seconds. Default 14 days; with `flask` 31 days. `Infinity` for ever. */
  readonly maxAgeSeconds?: number
  /** Keeps the cookie when the browser is closed. Default true; with `flask` where the session has `_permanent`. */
  readonly persistent?: boolean
  /** Writes the cookie with every answer that has used the session, so that its time begins anew. Default false. */
  readonly rolling?: boolean
  readonly cookie?: SessionCookieOptions
  /** How the cookie is written. `flask` and `starlette` are those of the frameworks. Default `millrace`. */
  readonly format?: 'millrace' | 'flask' | 'starlette'
  /** Keeps sessions on the server, so that they can be large, secret and ended. Not with the formats of Python. */
  readonly store?: SessionStore
}

const keys: KnownKeys<SessionsOptions> = {
  secret: true,
  schema: true,
  maxAgeSeconds: true,
  persistent: true,
  rolling: true,
  cookie: true,
  format: true,
  store: true,
}

/** A layer for sessions, and what goes with it. */
export interface Sessions<T extends object> extends Middleware {
  /** The session of a request. */
  readonly session: Dependency<Session<T>>
  /** The value of a cookie that holds a session, for tests: `cookie: session=${await web.encode({ user: 3 })}`. */
  encode(data: Partial<T>): Promise<string>
  /** What the value of a cookie holds; `undefined` where it is not valid. */
  decode(value: string): Promise<Partial<T> | undefined>
}

type DataOf<S> = S extends SchemaLike ? Output<S> & object : SessionData

/**
 * Remembers each browser from request to request, in a signed cookie. Who has the cookie can read it, but not change
 * it: keep secrets out, or use a `store`.
 *
 * A cookie that is not valid (tampered with, too old, by another secret) makes an empty session.
 *
 * @throws {StartupError} `invalid_option` for a secret that is too short, or a cookie that cannot be written
 *
 * @example
 * const web = sessions({ secret: process.env.SESSION_SECRET, schema: z.object({ userId: z.int().optional() }) })
 * const app = new App({ use: [web] })
 * app.get('/me', { deps: { session: web.session } }, ({ session }) => session.get('userId') ?? fail(401))
 */
export function sessions<S extends SchemaLike | undefined = undefined>(
  options: SessionsOptions<S>,
): Sessions<DataOf<S>> {
  refuseUnknownOptions(options as SessionsOptions, keys, 'sessions()')
  const cookie = new SessionCookie(options.cookie ?? {})
  const days = options.format === 'flask' ? 31 : 14
  const maxAgeSeconds = amount(options.maxAgeSeconds ?? days * 86_400, 'maxAgeSeconds of sessions()')
  const keeper = keeperOf(options as SessionsOptions<SchemaLike | undefined>, cookie.name, maxAgeSeconds)
  const layer = new SessionLayer({
    cookie,
    keeper,
    maxAgeSeconds,
    validate: options.schema && validatorOf(options.schema, 'input'),
    isPersistent: options.persistent ?? (options.format === 'flask' ? undefined : true),
    isRolling: options.rolling ?? false,
  })
  const middleware: Middleware = (context, next) => layer.around(context, next)
  return Object.assign(middleware, {
    // The schema has checked what it holds; without one its type says nothing.
    session: layer.session as unknown as Dependency<Session<DataOf<S>>>,
    encode: async (data: Partial<DataOf<S>>) => (await keeper.save(data as SessionData, undefined, false)) ?? '',
    decode: async (value: string) => (await keeper.load(value))?.data as Partial<DataOf<S>> | undefined,
  })
}

const formats = { millrace: millraceFormat, flask: flaskFormat, starlette: starletteFormat }

function keeperOf(
  { secret, format = 'millrace', store }: SessionsOptions<SchemaLike | undefined>,
  cookieName: string,
  maxAgeSeconds: number,
): Keeper {
  if (!Object.hasOwn(formats, format))
    throw new StartupError('invalid_option', `format of sessions() is one of ${Object.keys(formats).join(', ')}`)
  if (store && format !== 'millrace')
    throw new StartupError('invalid_option', `With a store the cookie is no cookie of ${format}: leave out one of them`)
  const secrets = secretsOf(secret, format === 'millrace' ? 32 : 1)
  // An id is signed by another key than a session, so that a session which has something named `id` is none.
  const codec = formats[format](secrets, store ? `${cookieName}:id` : cookieName)
  return store ? storeKeeper(store, codec, maxAgeSeconds) : cookieKeeper(codec, maxAgeSeconds)
}
