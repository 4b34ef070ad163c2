import type { ServerObject } from '../plan/openapiObjects.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import { Components } from './components.ts'
import type { DocumentForm } from './form.ts'
import { infoOf } from './info.ts'
import { compact, isObject, type JsonObject } from './objects.ts'
import type { OpenApiOptions } from './openapi.ts'
import type { OperationOptions } from './operation.ts'
import { type Parameter, parametersOf } from './parameters.ts'
import { pathVariants } from './paths.ts'
import { requirementsOf, securitySchemesOf } from './security.ts'
import { mediaTypeOfMessage, messageSchema } from './socketMessages.ts'
import { capitalize } from './words.ts'

/** An AsyncAPI document. */
export type AsyncApiDocument = {
  readonly asyncapi: string
  readonly channels: Readonly<Record<string, unknown>>
  readonly operations: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

/** Writes the AsyncAPI document (version 3.0) of all WebSockets that are not hidden: a channel and two operations each. */
export function describeAsyncApi(
  plans: readonly SocketPlan[],
  options: OpenApiOptions,
  form: DocumentForm,
): AsyncApiDocument {
  const components = new Components(form.schemas)
  const shown = plans.filter((plan) => !plan.docs.hidden)
  const channels = Object.fromEntries(
    shown.map((plan) => [plan.docs.operationId, describeChannel(plan, components, form)]),
  )
  const operations = Object.fromEntries(shown.flatMap((plan) => describeOperations(plan, form)))
  const schemas = components.finish(channels)
  const parts = compact({
    schemas: Object.keys(schemas).length > 0 ? schemas : undefined,
    securitySchemes: securitySchemes(securitySchemesOf(shown, form), options.servers ?? []),
  })
  return {
    asyncapi: '3.0.0',
    info: compact({ ...infoOf(options, form), externalDocs: options.externalDocs }),
    ...compact({ servers: describeServers(options.servers ?? []) }),
    channels,
    operations,
    ...compact({ components: Object.keys(parts).length > 0 ? parts : undefined }),
  }
}

function describeChannel(plan: SocketPlan, components: Components, form: DocumentForm): JsonObject {
  const { operationId, description, summary } = plan.docs
  const [variant] = pathVariants(plan.segments)
  const names = variant?.names ?? []
  const hint = capitalize(operationId)
  const parameters = parametersOf(plan, parameterOptions(components, form, names, operationId), hint)
  return compact({
    address: variant?.template,
    title: summary,
    description,
    parameters: pathParameters(parameters),
    messages: {
      received: message(plan.receive, messageSchema(plan.receive, 'input', components, `${hint}Receive`)),
      sent: message(plan.send, messageSchema(plan.send, 'output', components, `${hint}Send`)),
    },
    bindings: {
      ws: compact({
        method: 'GET',
        query: objectOf(parameters, 'query'),
        headers: objectOf(parameters, 'header'),
        bindingVersion: '0.1.0',
      }),
    },
  })
}

function parameterOptions(
  components: Components,
  form: DocumentForm,
  names: readonly string[],
  operationId: string,
): OperationOptions {
  const sides = { request: 'input', response: 'output' } as const
  return { version: '3.1', form, components, names, pathNames: names, operationId, isOutgoing: false, sides }
}

function message(plan: SocketPlan['receive'], payload: JsonObject): JsonObject {
  return compact({ contentType: mediaTypeOfMessage(plan), payload })
}

/** What the app does: it receives what clients send, and sends what they receive. */
function describeOperations(plan: SocketPlan, form: DocumentForm): [string, JsonObject][] {
  const { operationId, summary, description, tags } = plan.docs
  const requirements = requirementsOf(plan, form)
  const schemes = new Set(requirements?.flatMap((one) => Object.keys(one)))
  const common = compact({
    channel: { $ref: `#/channels/${operationId}` },
    summary,
    description,
    tags: tags.length > 0 ? tags.map((name) => ({ name })) : undefined,
    security:
      schemes.size > 0 ? [...schemes].map((name) => ({ $ref: `#/components/securitySchemes/${name}` })) : undefined,
  })
  const one = (action: 'receive' | 'send', name: string): [string, JsonObject] => [
    operationId + capitalize(action),
    { action, ...common, messages: [{ $ref: `#/channels/${operationId}/messages/${name}` }] },
  ]
  return [one('receive', 'received'), one('send', 'sent')]
}

/** They are strings, of which only words and choices can be told. */
function pathParameters(parameters: readonly Parameter[]): JsonObject | undefined {
  const found = parameters.filter((one) => one.in === 'path')
  if (found.length === 0) return undefined
  return Object.fromEntries(
    found.map(({ name, description, schema }) => {
      const choices = isObject(schema) && Array.isArray(schema['enum']) ? schema['enum'].map(String) : undefined
      return [name, compact({ description, enum: choices })]
    }),
  )
}

function objectOf(parameters: readonly Parameter[], location: Parameter['in']): JsonObject | undefined {
  const found = parameters.filter((one) => one.in === location)
  if (found.length === 0) return undefined
  const required = found.filter((one) => one['required'] === true).map(({ name }) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(
      found.map(({ name, description, schema }) => [name, compact({ ...(schema as JsonObject), description })]),
    ),
    ...(required.length > 0 ? { required } : {}),
  }
}

/** Only those whose URL says where they are: the others are where the document comes from. */
function describeServers(servers: readonly ServerObject[]): JsonObject | undefined {
  const found = servers.filter(isAbsolute)
  if (found.length === 0) return undefined
  return Object.fromEntries(
    found.map(({ url, description }, index) => {
      const { host, pathname, protocol } = new URL(url)
      const isSecure = protocol === 'https:'
      return [
        `server${index + 1}`,
        compact({
          host,
          protocol: isSecure ? 'wss' : 'ws',
          pathname: pathname === '/' ? undefined : pathname,
          description,
        }),
      ]
    }),
  )
}

/** Those of OpenAPI, under the names that AsyncAPI has for the same. Its URLs have to be absolute. */
function securitySchemes(schemes: JsonObject | undefined, servers: readonly ServerObject[]): JsonObject | undefined {
  const base = servers.find(isAbsolute)?.url
  return schemes && mapValues(schemes, (scheme) => renamed(scheme as JsonObject, base))
}

function renamed(scheme: JsonObject, base: string | undefined): JsonObject {
  if (scheme['type'] === 'apiKey') return { ...scheme, type: 'httpApiKey' }
  if (scheme['type'] !== 'oauth2') return scheme
  const flows = mapValues(scheme['flows'] as JsonObject, (flow) => {
    const { scopes, ...rest } = flow as JsonObject
    const urls = mapValues(rest, (value) =>
      base && URL.canParse(String(value), base) ? new URL(String(value), base).href : value,
    )
    return { ...urls, availableScopes: scopes }
  })
  return { ...scheme, flows }
}

function isAbsolute({ url }: ServerObject): boolean {
  return /^https?:\/\//.test(url)
}

function mapValues(values: JsonObject, map: (value: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]))
}
