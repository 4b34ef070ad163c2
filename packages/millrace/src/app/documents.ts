import type { Compiled } from '../compile/compileApp.ts'
import { type AsyncApiDocument, describeAsyncApi } from '../describe/asyncapi.ts'
import type { DocumentForm } from '../describe/form.ts'
import { describeOpenApi, type OpenApiDocument, type OpenApiOptions } from '../describe/openapi.ts'
import type { Dependencies } from '../plan/dependency.ts'
import { type AppOptions, serversOf } from './appOptions.ts'

type Options = AppOptions<Dependencies>

/** The OpenAPI document of an app; {@link documentAt} says where it stands. */
export function openApiOf(
  { documented, webhooks, socketPlans }: Compiled,
  options: Options,
  form: DocumentForm,
  version: Pick<OpenApiOptions, 'openapiVersion'> = {},
): OpenApiDocument {
  const parts = { plans: documented, webhooks, sockets: socketPlans, jsonValues: options.jsonValues }
  return describeOpenApi(parts, { ...options, ...version }, form)
}

/**
 * A document where it is reached: nothing but its servers depends on that.
 *
 * @param basePath what stands before the app's paths, see {@link serversOf}
 */
export function documentAt(document: OpenApiDocument, options: Options, basePath: string): OpenApiDocument {
  const servers = serversOf(options, basePath)
  const areWritten = options.openapi !== undefined && 'servers' in options.openapi
  if (areWritten || servers === options.servers) return document
  const { openapi, info, servers: _, ...rest } = document
  return { openapi, info, servers, ...rest } as OpenApiDocument
}

/**
 * The same for whoever asks, made once: what stands before the paths may be what a request makes up, and making a
 * large document takes a tenth of a second.
 */
export function documentAnywhere(make: () => OpenApiDocument, options: Options): (basePath: string) => OpenApiDocument {
  let made: OpenApiDocument | undefined
  return (basePath) => {
    made ??= make()
    return documentAt(made, options, basePath)
  }
}

/** The AsyncAPI document of an app. */
export function asyncApiOf({ socketPlans }: Compiled, options: Options, form: DocumentForm): AsyncApiDocument {
  const servers = serversOf(options, options.basePath ?? '')
  return describeAsyncApi(socketPlans, servers ? { ...options, servers } : options, form)
}
