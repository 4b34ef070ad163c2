import { isObject } from './objects.ts'
import type { OpenApiDocument } from './openapi.ts'

/**
 * What the docs pages may load: only files of the package. Both viewers set inline styles; ReDoc searches in
 * a worker that it makes from a blob. What the document names can be called too: servers, where operations are
 * tried, and the places that give tokens.
 *
 * @param icon of the page, which may come from elsewhere
 */
export function contentSecurityPolicy(document: OpenApiDocument, icon: string | undefined): string {
  const called = new Set([...serversIn(document), ...tokenUrlsIn(document)].flatMap(originOf))
  const images = icon === undefined ? [] : originOf(icon)
  return [
    "default-src 'self'",
    // These two are not covered by the default: no other site may put its frame around a page that sends requests.
    "base-uri 'none'",
    "frame-ancestors 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    ["img-src 'self' data:", ...images].join(' '),
    "worker-src 'self' blob:",
    ...(called.size > 0 ? [["connect-src 'self'", ...called].join(' ')] : []),
  ].join('; ')
}

/** Of the page that an authorization server sends back to: it runs one script, and closes. */
export const redirectPolicy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'"

function serversIn({ servers, paths }: OpenApiDocument): unknown[] {
  const operations = Object.values(paths).flatMap((item) => (isObject(item) ? Object.values(item) : []))
  const own = operations.map((operation) => (isObject(operation) ? operation['servers'] : undefined))
  return [servers, ...own].flat().map((server) => (isObject(server) ? server['url'] : undefined))
}

function tokenUrlsIn({ components }: OpenApiDocument): unknown[] {
  const schemes = isObject(components) && isObject(components['securitySchemes']) ? components['securitySchemes'] : {}
  return Object.values(schemes).flatMap((scheme) => {
    if (!isObject(scheme)) return []
    const flows = isObject(scheme['flows']) ? Object.values(scheme['flows']) : []
    const urls = flows.flatMap((flow) => (isObject(flow) ? [flow['tokenUrl'], flow['refreshUrl']] : []))
    return [scheme['openIdConnectUrl'], ...urls]
  })
}

/** Of a URL without variables that names a host. */
function originOf(url: unknown): string[] {
  return typeof url === 'string' && /^https?:\/\/[^{]+$/.test(url) && URL.canParse(url) ? [new URL(url).origin] : []
}
