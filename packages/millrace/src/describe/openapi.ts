import type { JsonValues } from '../plan/jsonValues.ts'
import type { ExternalDocsObject, ServerObject } from '../plan/openapiObjects.ts'
import type { Plan } from '../plan/plan.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import { webhooksOf } from './callbacks.ts'
import { Components } from './components.ts'
import type { DocumentForm } from './form.ts'
import { infoOf } from './info.ts'
import type { ContactObject, LicenseObject, TagObject } from './objects.ts'
import { compact, deepMerge, type JsonObject } from './objects.ts'
import { type Common, describeOperation } from './operation.ts'
import { pathVariants } from './paths.ts'
import { securitySchemesOf } from './security.ts'
import { addSockets } from './sockets.ts'

/** What an app says of itself in its document. */
export interface OpenApiOptions {
  /** Default `Millrace API`. */
  readonly title?: string
  /** Of the API. Default `0.1.0`. */
  readonly version?: string
  /** One line. */
  readonly summary?: string
  /** Markdown. */
  readonly description?: string
  /** The URL of the terms of service. */
  readonly termsOfService?: string
  readonly contact?: ContactObject
  readonly license?: LicenseObject
  /** Default: where the document comes from. */
  readonly servers?: readonly ServerObject[]
  /** What is said of tags. They come first, in this order; other tags follow in order of use. */
  readonly openapiTags?: readonly TagObject[]
  readonly externalDocs?: ExternalDocsObject
  /** Merged deeply over the document: what nothing else writes, such as `components.securitySchemes`. */
  readonly openapi?: Readonly<Record<string, unknown>>
  /** Of the document. Default `3.1`. */
  readonly openapiVersion?: '3.1' | '3.2'
}

/** An OpenAPI document. */
export type OpenApiDocument = {
  readonly openapi: string
  readonly paths: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

/** What a document tells of. */
export interface Described {
  readonly plans: readonly Plan[]
  readonly webhooks: readonly Plan[]
  readonly sockets: readonly SocketPlan[]
  /** How replies write what JSON has no form for. */
  readonly jsonValues: JsonValues | undefined
}

/** Writes the OpenAPI document of all operations and webhooks that are not hidden. */
export function describeOpenApi(
  { plans, webhooks, sockets, jsonValues }: Described,
  options: OpenApiOptions,
  form: DocumentForm,
): OpenApiDocument {
  const version = options.openapiVersion ?? '3.1'
  const components = new Components(form.schemas, jsonValues)
  const common = { version, form, components }
  const shown = plans.filter((plan) => !plan.docs.hidden)
  const paths = describePaths(shown, common)
  const shownSockets = form.paths.showsSockets ? sockets.filter((plan) => !plan.docs.hidden) : []
  addSockets(paths, shownSockets, common)
  const describedWebhooks = webhooksOf(webhooks, common)
  const schemas = components.finish([paths, describedWebhooks])
  const parts = compact({
    schemas: Object.keys(schemas).length > 0 ? schemas : undefined,
    securitySchemes: securitySchemesOf([...shown, ...shownSockets], form),
  })
  const used = [...shown, ...shownSockets].flatMap((plan) => plan.docs.tags)
  const tags = form.tags(options.openapiTags ?? [], used)
  const document = {
    openapi: form.openapi[version],
    info: compact({ ...infoOf(options, form), summary: options.summary }),
    ...compact({ servers: options.servers }),
    paths,
    ...compact({
      webhooks: describedWebhooks,
      components: Object.keys(parts).length > 0 ? parts : undefined,
      tags: tags.length > 0 ? tags : undefined,
      externalDocs: options.externalDocs,
    }),
  }
  return form.finish(options.openapi ? (deepMerge(document, options.openapi) as OpenApiDocument) : document)
}

function describePaths(plans: readonly Plan[], common: Common): JsonObject {
  const { areMerged, isLastWritten } = common.form.paths
  const items = new Map<
    string,
    { readonly template: string; readonly names: readonly string[]; readonly item: JsonObject }
  >()
  const ids = new Set(plans.map((plan) => plan.docs.operationId))
  const written = plans.flatMap((plan) =>
    pathVariants(plan.segments).map((variant) => ({ plan, variant, key: methodKey(plan.method, common.version) })),
  )
  const isFull = new Set(
    written.filter(({ variant }) => variant.suffix === '').map(({ variant, key }) => key + variant.shape),
  )
  for (const { plan, variant, key } of written) {
    const isVariant = variant.suffix !== ''
    // An operation that stands at this very path answers it.
    if (isVariant && isFull.has(key + variant.shape)) continue
    // Paths that differ in nothing but the names of parameters are one path; the first gives the names.
    const place = areMerged ? variant.shape : variant.template
    const entry = items.get(place) ?? { template: variant.template, names: variant.names, item: {} }
    if (entry.item[key] !== undefined && !isLastWritten) continue
    items.set(place, entry)
    const operationId = isVariant ? freeId(plan.docs.operationId + variant.suffix, ids) : plan.docs.operationId
    entry.item[key] = describeOperation(plan, {
      ...common,
      names: variant.names,
      operationId,
      pathNames: entry.names,
      isOutgoing: false,
      sides: { request: 'input', response: 'output' },
    })
  }
  return Object.fromEntries([...items.values()].map(({ template, item }) => [template, item]))
}

function freeId(wanted: string, taken: Set<string>): string {
  let id = wanted
  for (let count = 2; taken.has(id); count++) id = `${wanted}${count}`
  taken.add(id)
  return id
}

/** OpenAPI knows the method QUERY from 3.2 on. */
function methodKey(method: string, version: '3.1' | '3.2'): string {
  return method === 'QUERY' && version === '3.1' ? 'x-query' : method.toLowerCase()
}
