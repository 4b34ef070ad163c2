import type { Callable } from '../plan/dependency.ts'
import { type Asset, type AssetContext, fileAsset, makeAsset, sendAsset } from './assets.ts'
import { contentSecurityPolicy } from './contentSecurityPolicy.ts'
import { redoc, renderPage, swaggerUi, type Viewer } from './html.ts'
import type { OpenApiDocument, OpenApiOptions } from './openapi.ts'
import { relativeUrl } from './relativeUrl.ts'

/** Where the docs pages stand; `false` leaves one out. */
export interface DocsOptions {
  /** The OpenAPI document. Default `/openapi.json`; without it there are no other pages. */
  readonly openapi?: string | false
  /** Swagger UI. Default `/docs`; its files stand below. */
  readonly swagger?: string | false
  /** ReDoc. Default `/redoc`; its files stand below. */
  readonly redoc?: string | false
}

/** One page: an operation that the app adds by itself. */
export interface DocsPage {
  readonly path: string
  readonly handler: Callable
}

/** The document, the pages that show it, and the files that these need: a fixed list, each at a path of its own. */
export function docsPages(
  options: DocsOptions,
  info: OpenApiOptions,
  document: (basePath: string) => OpenApiDocument,
): readonly DocsPage[] {
  const { openapi = '/openapi.json', swagger = '/docs', redoc: redocPath = '/redoc' } = options
  if (openapi === false) return []
  const title = info.title ?? 'Millrace API'
  return [
    documentPage(openapi, document),
    ...(swagger === false ? [] : viewerPages(swaggerUi, swagger, openapi, title, info)),
    ...(redocPath === false ? [] : viewerPages(redoc, redocPath, openapi, title, info)),
  ]
}

/** Base paths are those of the mounts of an app; one that the path of a request can make up is not kept beyond this. */
const maxBasePaths = 16

function documentPage(path: string, document: (basePath: string) => OpenApiDocument): DocsPage {
  const assets = new Map<string, Asset>()
  return {
    path,
    handler: (context: AssetContext & { readonly basePath: string }) => {
      const { basePath } = context
      const known = assets.get(basePath)
      const asset = known ?? makeAsset(JSON.stringify(document(basePath)), 'application/json')
      if (!known && assets.size < maxBasePaths) assets.set(basePath, asset)
      return sendAsset(asset, context)
    },
  }
}

function viewerPages(viewer: Viewer, path: string, openapi: string, title: string, info: OpenApiOptions): DocsPage[] {
  const folder = path.endsWith('/') ? path : `${path}/`
  const links = {
    files: relativeUrl(path, folder),
    openapi: relativeUrl(path, openapi),
    root: relativeUrl(path, '/'),
  }
  const page = once(() => makeAsset(renderPage(viewer, title, links), 'text/html; charset=utf-8'))
  const headers = {
    'content-security-policy': contentSecurityPolicy(info.servers ?? []),
    'referrer-policy': 'no-referrer',
  }
  return [
    { path, handler: (context: AssetContext) => sendAsset(page(), context, headers) },
    ...Object.entries(viewer.files).map(([name, file]) => ({
      path: folder + name,
      handler: async (context: AssetContext) => sendAsset(await fileAsset(file), context),
    })),
  ]
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
