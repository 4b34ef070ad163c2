import type { UrlFor } from '../plan/urlFor.ts'
import type { Logger } from './log.ts'
import type { ResponseDraft } from './responseDraft.ts'

/** What every handler, dependency, middleware and error handler can use. */
export interface BaseContext {
  /** Aborted when the client leaves, the timeout passes or the server stops. */
  readonly signal: AbortSignal
  /** The request as a web `Request`; built only when read. */
  readonly request: Request
  /** Status, headers and cookies of the success answer. */
  readonly response: ResponseDraft
  /**
   * Fields that came after the body of the request, by their lower-case names; repeated ones joined by `, `. Anybody
   * between client and server may have left them out (RFC 9110, section 6.5).
   *
   * @throws {TypeError} when the end of the body has not come yet
   */
  readonly trailers: Readonly<Record<string, string | undefined>>
  /** Runs work after the answer has been sent, if the handler did not fail; it is waited for at shutdown. */
  readonly after: (work: () => unknown) => void
  /** Entries carry the request's id. */
  readonly log: Logger
  /** Of this request: unique, or as the `requestId` middleware read it. */
  readonly id: string
  /** Upper case. */
  readonly method: string
  /** The path as it came, undecoded, without the query and without the app's `basePath`. */
  readonly path: string
  /** The pattern of the operation that answers, such as `/items/:id`; `undefined` for a 404. */
  readonly route: string | undefined
  /** As the connection is; as a trusted proxy says (`trustProxy`). */
  readonly scheme: 'http' | 'https'
  /** The peer's IP address; the one that a trusted proxy names. By a Unix socket there is none. */
  readonly clientAddress: string | undefined
  /** Name and port that the client asked for, such as `api.example:8443`; as a trusted proxy says. */
  readonly host: string | undefined
  /** What stands before the app's paths in the URLs of clients: the app's `basePath`, or what a trusted proxy says. */
  readonly basePath: string
  /** The URL of an operation of this app, as the client has to ask for it, {@link basePath} included. */
  readonly urlFor: UrlFor
}

/** What middleware sees besides. */
export interface MiddlewareContext extends BaseContext {
  id: string
  /** A request header by its lower-case name. */
  header(name: string): string | undefined
}
