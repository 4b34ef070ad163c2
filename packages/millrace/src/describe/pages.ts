import type { Callable } from '../plan/dependency.ts'
import { type AssetContext, fileAsset, makeAsset, sendAsset } from './assets.ts'
import type { AsyncApiDocument } from './asyncapi.ts'
import { contentSecurityPolicy, redirectPolicy } from './contentSecurityPolicy.ts'
import type { DocsPlan, ViewerOptions } from './docsOptions.ts'
import { redirectPage, redoc, renderPage, swaggerUi, type Viewer } from './html.ts'
import type { OpenApiDocument } from './openapi.ts'
import { relativeUrl } from './relativeUrl.ts'

/** One page: an operation that the app adds by itself. */
export interface DocsPage {
  readonly path: string
  readonly handler: Callable
}

/** What the pages are drawn from. */
interface Source {
  readonly title: string
  /** @param basePath where the app is mounted, or a proxy has put it */
  readonly document: (basePath: string) => OpenApiDocument
  /** Where there are WebSockets. */
  readonly asyncapi: (() => AsyncApiDocument) | undefined
}

/** The document, the pages that show it, and the files that these need: a fixed list, each at a path of its own. */
export function docsPages(
  { openapi, asyncapi, swagger, redoc: read, icon }: DocsPlan,
  { title, document, asyncapi: socketDocument }: Source,
): readonly DocsPage[] {
  const socketPages = asyncapi !== undefined && socketDocument ? [asyncApiPage(asyncapi, socketDocument)] : []
  if (openapi === undefined) return socketPages
  const source = { title, document }
  const common = { openapi, icon, source }
  return [
    ...socketPages,
    documentPage(openapi, source),
    ...(swagger ? viewerPages(swaggerUi, swagger, common) : []),
    ...(swagger ? [redirectPageIn(folderOf(swagger.path))] : []),
    ...(read ? viewerPages(redoc, read, common) : []),
  ]
}

/** Base paths are those of the mounts of an app; one that the path of a request can make up is not kept beyond this. */
const maxBasePaths = 16

/** What is made once for each base path. */
function onceEach<T>(make: (basePath: string) => T): (basePath: string) => T {
  const made = new Map<string, T>()
  return (basePath) => {
    const known = made.get(basePath)
    if (known !== undefined) return known
    const fresh = make(basePath)
    if (made.size < maxBasePaths) made.set(basePath, fresh)
    return fresh
  }
}

type PageContext = AssetContext & { readonly basePath: string }

function documentPage(path: string, { document }: Common['source']): DocsPage {
  const asset = onceEach((basePath) => makeAsset(JSON.stringify(document(basePath)), 'application/json'))
  return { path, handler: (context: PageContext) => sendAsset(asset(context.basePath), context) }
}

function asyncApiPage(path: string, document: () => AsyncApiDocument): DocsPage {
  const asset = once(() => makeAsset(JSON.stringify(document()), 'application/json'))
  return { path, handler: (context: PageContext) => sendAsset(asset(), context) }
}

interface Common {
  readonly openapi: string
  readonly icon: string | undefined
  readonly source: Omit<Source, 'asyncapi'>
}

function viewerPages(
  viewer: Viewer,
  { path, ...options }: ViewerOptions & { readonly path: string },
  { openapi, icon, source }: Common,
): DocsPage[] {
  const folder = folderOf(path)
  const page = once(() => {
    const html = renderPage(viewer, {
      title: source.title,
      files: relativeUrl(path, folder),
      openapi: relativeUrl(path, openapi),
      root: relativeUrl(path, '/'),
      icon,
      options,
    })
    return makeAsset(html, 'text/html; charset=utf-8')
  })
  const headers = onceEach((basePath) => ({
    'content-security-policy': contentSecurityPolicy(source.document(basePath), icon),
    'referrer-policy': 'no-referrer',
  }))
  return [
    { path, handler: (context: PageContext) => sendAsset(page(), context, headers(context.basePath)) },
    ...Object.entries(viewer.files).map(([name, file]) => ({
      path: folder + name,
      handler: async (context: AssetContext) => sendAsset(await fileAsset(file), context),
    })),
  ]
}

/** Where Swagger UI has authorization servers send back to. */
function redirectPageIn(folder: string): DocsPage {
  const asset = once(() => makeAsset(redirectPage, 'text/html; charset=utf-8'))
  const headers = { 'content-security-policy': redirectPolicy, 'referrer-policy': 'no-referrer' }
  return {
    path: `${folder}oauth2-redirect`,
    handler: (context: AssetContext) => sendAsset(asset(), context, headers),
  }
}

function folderOf(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
