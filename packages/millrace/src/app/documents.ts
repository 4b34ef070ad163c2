import type { Compiled } from '../compile/compileApp.ts'
import { type AsyncApiDocument, describeAsyncApi } from '../describe/asyncapi.ts'
import type { DocumentForm } from '../describe/form.ts'
import { describeOpenApi, type OpenApiDocument, type OpenApiOptions } from '../describe/openapi.ts'
import type { Dependencies } from '../plan/dependency.ts'
import { type AppOptions, serversOf } from './appOptions.ts'

type Options = AppOptions<Dependencies>

/** The OpenAPI document of an app. @param basePath what stands before its paths, see {@link serversOf} */
export function openApiOf(
  { documented, webhooks, socketPlans }: Compiled,
  options: Options,
  basePath: string,
  form: DocumentForm,
  version: Pick<OpenApiOptions, 'openapiVersion'> = {},
): OpenApiDocument {
  const parts = { plans: documented, webhooks, sockets: socketPlans, jsonValues: options.jsonValues }
  return describeOpenApi(parts, { ...withServers(options, basePath), ...version }, form)
}

/** The AsyncAPI document of an app. */
export function asyncApiOf({ socketPlans }: Compiled, options: Options, form: DocumentForm): AsyncApiDocument {
  return describeAsyncApi(socketPlans, withServers(options, options.basePath ?? ''), form)
}

function withServers(options: Options, basePath: string): Options {
  const servers = serversOf(options, basePath)
  return servers ? { ...options, servers } : options
}
