import type { BaseContext } from '../input/baseContext.ts'
import type { CheckedInputs, RequestContext } from '../input/context.ts'
import type { Logger } from '../input/log.ts'
import type { ResponseDraft } from '../input/responseDraft.ts'
import type { UrlFor } from '../plan/urlFor.ts'

/** What a dependency's function sees: the request's context with the dependency's own inputs and needs. */
export class InnerContext implements BaseContext {
  readonly #outer: RequestContext
  readonly params: unknown
  readonly query: unknown
  readonly headers: unknown
  readonly cookies: unknown

  constructor(outer: RequestContext, inputs: CheckedInputs | undefined) {
    this.#outer = outer
    this.params = inputs?.params
    this.query = inputs?.query
    this.headers = inputs?.headers
    this.cookies = inputs?.cookies
  }

  /** What the stages of the request know of it. */
  get '~outer'(): RequestContext {
    return this.#outer
  }

  get signal(): AbortSignal {
    return this.#outer['~dependencySignal']
  }

  get request(): Request {
    return this.#outer.request
  }

  get response(): ResponseDraft {
    return this.#outer.response
  }

  get trailers(): Readonly<Record<string, string | undefined>> {
    return this.#outer.trailers
  }

  get after(): (work: () => unknown) => void {
    return this.#outer.after
  }

  get log(): Logger {
    return this.#outer.log
  }

  get id(): string {
    return this.#outer.id
  }

  get method(): string {
    return this.#outer.method
  }

  get path(): string {
    return this.#outer.path
  }

  get route(): string | undefined {
    return this.#outer.route
  }

  get scheme(): 'http' | 'https' {
    return this.#outer.scheme
  }

  get clientAddress(): string | undefined {
    return this.#outer.clientAddress
  }

  get host(): string | undefined {
    return this.#outer.host
  }

  get basePath(): string {
    return this.#outer.basePath
  }

  get urlFor(): UrlFor {
    return this.#outer.urlFor
  }
}
