export type { AccessEntry, AccessLog } from './app/accessLog.ts'
export { App } from './app/app.ts'
export type { AppOptions } from './app/appOptions.ts'
export type { RunCommandOptions } from './app/commands.ts'
export type { AppEvents, Listener } from './app/events.ts'
export type { Lifespan } from './app/lifecycle.ts'
export type { ListenOptions, Server } from './app/listen.ts'
export { type Plugin, type PluginSpec, plugin } from './app/plugin.ts'
export { CommandError } from './command/CommandError.ts'
export type { AppCommand, CommandContext, CommandSpec } from './command/command.ts'
export { type DependencyContext, dependency, type Override } from './depend/dependency.ts'
export type { AsyncApiDocument } from './describe/asyncapi.ts'
export type { DocsOptions, SwaggerOptions, ViewerOptions } from './describe/docsOptions.ts'
export type { ContactObject, LicenseObject, TagObject } from './describe/objects.ts'
export type { OpenApiDocument, OpenApiOptions } from './describe/openapi.ts'
export { codes, type ErrorCode } from './errors/codes.ts'
export { fail, HttpError, type HttpErrorOptions } from './errors/HttpError.ts'
export { InputError, type Issue, type Location } from './errors/InputError.ts'
export { MessageError, type MessageIssue } from './errors/MessageError.ts'
export { ResponseError } from './errors/ResponseError.ts'
export { SocketClosedError } from './errors/SocketClosedError.ts'
export { StartupError, type StartupErrorCode } from './errors/StartupError.ts'
export { TrailerError } from './errors/TrailerError.ts'
export { WebSocketError } from './errors/WebSocketError.ts'
export type { BaseContext, MiddlewareContext } from './input/baseContext.ts'
export type { CookieOptions } from './input/cookieOptions.ts'
export { jsonLogger, type Logger, silentLogger } from './input/log.ts'
export type { ResponseDraft } from './input/responseDraft.ts'
export { type CompressOptions, compress } from './middleware/compress.ts'
export type { ContentCoding } from './middleware/contentCodings.ts'
export { type CorsOptions, cors } from './middleware/cors.ts'
export { type CsrfOptions, csrf } from './middleware/csrf.ts'
export type { FrontendOptions } from './middleware/frontend.ts'
export { type HttpsRedirectOptions, httpsRedirect } from './middleware/httpsRedirect.ts'
export { type RateLimitOptions, rateLimit } from './middleware/rateLimit.ts'
export { MemoryRateLimitStore, type RateLimitCount, type RateLimitStore } from './middleware/rateLimitStore.ts'
export { type RequestIdOptions, requestId } from './middleware/requestId.ts'
export { type StaticFilesOptions, staticFiles } from './middleware/staticFiles.ts'
export { type TrustedHostsOptions, trustedHosts } from './middleware/trustedHosts.ts'
export type { LevelDocs } from './plan/definition.ts'
export { type Dependencies, Dependency, type Scope } from './plan/dependency.ts'
export { type JsonKind, type JsonOptions, json } from './plan/jsonReply.ts'
export type { JsonValues } from './plan/jsonValues.ts'
export {
  type BodyKind,
  byteStream,
  bytes,
  file,
  form,
  html,
  jsonl,
  type NamedEvent,
  type ReplyKind,
  type SentEvent,
  type SentFile,
  type StreamKind,
  sse,
  text,
} from './plan/kind.ts'
export { type MultipartOptions, multipart, type Part, type PartsOptions, parts } from './plan/multipart.ts'
export {
  type DocumentPart,
  Example,
  type ExampleObject,
  type Examples,
  type ExternalDocsObject,
  example,
  type LinkObject,
  type ResponseDocs,
  type ServerObject,
} from './plan/openapiObjects.ts'
export type { OperationIdFunction, OperationIdOptions } from './plan/operationId.ts'
export { type Callback, type Callbacks, callback, type OutgoingSpec, type Webhook } from './plan/outgoing.ts'
export { type Delimiter, delimited } from './plan/parameterStyles.ts'
export type { Plan } from './plan/plan.ts'
export type { Omission, Selection } from './plan/projection.ts'
export type { Input, Output, Schema } from './plan/schema.ts'
export type { MessageKind, SocketOptions, SocketPlan } from './plan/socketPlan.ts'
export type { Responses, StatusRange } from './plan/spec.ts'
export type { UrlFor, UrlOptions } from './plan/urlFor.ts'
export type { FetchHandler, MountHandler, MountOptions } from './register/entry.ts'
export type { HandlerContext, HttpMethod, Operation, Spec } from './register/operation.ts'
export { Router } from './register/router.ts'
export type { Routes } from './register/routes.ts'
export type { IncludeOptions, RoutesOptions } from './register/routesOptions.ts'
export type { SocketContext, SocketOperation, SocketSpec } from './register/socketOperation.ts'
export { accepts } from './reply/accepts.ts'
export { type FileOptions, type FileReply, type FileSource, sendFile } from './reply/file/FileReply.ts'
export { Reply, reply } from './reply/Reply.ts'
export { type RedirectStatus, redirect } from './reply/redirect.ts'
export { type EventFields, event, type ServerSentEvent } from './reply/ServerSentEvent.ts'
export type { ErrorHandler } from './run/errors.ts'
export type { Middleware, Next } from './run/middleware.ts'
export type { Mountable } from './run/mountable.ts'
export { timeout } from './run/timeout.ts'
export { Answer, type AnswerStream } from './serve/answer.ts'
export type {
  Exchange,
  Listening,
  Transport,
  TransportLimits,
  TransportLog,
  TransportOptions,
} from './serve/exchange.ts'
export type { TrustProxy } from './serve/forwarded.ts'
export { HeaderList } from './serve/headers.ts'
export type { TlsOptions } from './serve/tls.ts'
export type { MakeTrailer, Trailers } from './serve/trailers.ts'
export type { TransportName } from './serve/transports.ts'
export { Settings, type SettingsOptions, settings } from './settings/settings.ts'
export type { AcceptOptions, Socket } from './socket/Socket.ts'
