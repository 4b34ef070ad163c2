import { StartupError } from '../errors/StartupError.ts'
import type { KnownKeys } from '../plan/knownOptions.ts'

/** Where the docs pages stand, and how they look; `false` leaves one out. */
export interface DocsOptions {
  /** The OpenAPI document. Default `/openapi.json`; without it there are no other pages. */
  readonly openapi?: string | false
  /** The AsyncAPI document, where the app has WebSockets. Default `/asyncapi.json`. */
  readonly asyncapi?: string | false
  /** Swagger UI. Default `/docs`; its files stand below. */
  readonly swagger?: string | SwaggerOptions | false
  /** ReDoc. Default `/redoc`; its files stand below. */
  readonly redoc?: string | ViewerOptions | false
  /** The URL of the icon in the tab of a browser. Default: Swagger UI's for its page, none for ReDoc's. */
  readonly icon?: string
}

export const docsKeys: KnownKeys<DocsOptions> = {
  openapi: true,
  asyncapi: true,
  swagger: true,
  redoc: true,
  icon: true,
}

/** A page, and what its viewer is told. */
export interface ViewerOptions {
  /** Default `/docs` for Swagger UI, `/redoc` for ReDoc. */
  readonly path?: string
  /** Over those that Millrace sets, by the names of the viewer. Plain JSON: they travel in the page. */
  readonly options?: Readonly<Record<string, unknown>>
}

/**
 * Swagger UI, such as `{ options: { persistAuthorization: true }, initOAuth: { clientId: 'docs' } }`. Of the
 * options, where the document is, and where authorization servers send back to, are Millrace's own.
 */
export interface SwaggerOptions extends ViewerOptions {
  /** What its dialog for OAuth 2.0 begins with: `clientId`, `scopes`, `usePkceWithAuthorizationCodeGrant` and others. */
  readonly initOAuth?: Readonly<Record<string, unknown>>
}

/** The places and options of all pages; `undefined` for what is left out. */
export interface DocsPlan {
  readonly openapi: string | undefined
  readonly asyncapi: string | undefined
  readonly swagger: (SwaggerOptions & { readonly path: string }) | undefined
  readonly redoc: (ViewerOptions & { readonly path: string }) | undefined
  readonly icon: string | undefined
}

/** Options with their defaults. @throws {StartupError} `invalid_option` for what cannot travel as JSON */
export function docsPlanOf(options: DocsOptions | false = {}): DocsPlan {
  const given: DocsOptions = options || { openapi: false, asyncapi: false }
  const { openapi = '/openapi.json', swagger, redoc, icon } = given
  const asyncapi = given.asyncapi === false ? undefined : (given.asyncapi ?? '/asyncapi.json')
  // Both pages are drawn from the document.
  if (openapi === false) return { openapi: undefined, asyncapi, swagger: undefined, redoc: undefined, icon }
  const plan = { openapi, asyncapi, swagger: viewerOf(swagger, '/docs'), redoc: viewerOf(redoc, '/redoc'), icon }
  refuseFunctions(plan.swagger, 'docs.swagger')
  refuseFunctions(plan.redoc, 'docs.redoc')
  return plan
}

function viewerOf<V extends ViewerOptions>(
  viewer: string | V | false | undefined,
  path: string,
): (V & { readonly path: string }) | undefined {
  if (viewer === false) return undefined
  // A path alone says nothing of other options, which are all optional.
  return typeof viewer === 'string' ? ({ path: viewer } as V & { path: string }) : { path, ...(viewer as V) }
}

function refuseFunctions(value: unknown, name: string): void {
  if (typeof value === 'function')
    throw new StartupError('invalid_option', `${name} is a function, which cannot travel to the page: take plain JSON`)
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) refuseFunctions(inner, `${name}.${key}`)
}
