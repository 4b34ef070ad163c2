import type { ReplyKind } from './kind.ts'
import type { SchemaLike } from './schema.ts'

/** Where an API is served (Server Object). A relative `url` starts from where the document is. */
export interface ServerObject {
  readonly url: string
  readonly description?: string
  readonly variables?: Readonly<
    Record<string, { readonly default: string; readonly enum?: readonly string[]; readonly description?: string }>
  >
}

/** Where to read more (External Documentation Object). */
export interface ExternalDocsObject {
  readonly url: string
  /** Markdown. */
  readonly description?: string
}

/** What can be done next with what an answer holds (Link Object): one of `operationId` and `operationRef`. */
export interface LinkObject {
  readonly operationId?: string
  readonly operationRef?: string
  /** Of the linked operation by name: values, or runtime expressions such as `$response.body#/id`. */
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly requestBody?: unknown
  /** Markdown. */
  readonly description?: string
  readonly server?: ServerObject
}

/** A part of the document that is written by hand, such as a Header Object. */
export type DocumentPart = Readonly<Record<string, unknown>>

/**
 * What the document says of one status. With `body` the handler may also `reply()` with it, and is held to it.
 *
 * @example
 * responses: { 404: { description: 'No such item', body: Problem }, '5XX': { description: 'Try again later' } }
 */
export interface ResponseDocs {
  /** A schema means JSON; or `text()`, `html()`, `bytes()`. */
  readonly body?: SchemaLike | ReplyKind
  /** Markdown. Default: what the status means. */
  readonly description?: string
  /** By name: a schema, or a Header Object. */
  readonly headers?: Readonly<Record<string, SchemaLike | DocumentPart>>
  /**
   * By media type: a schema, or a Media Type Object, whose `schema` may be one. Laid over that of `body`;
   * further media types stand beside it.
   */
  readonly content?: Readonly<Record<string, SchemaLike | DocumentPart>>
  /** By name. */
  readonly links?: Readonly<Record<string, LinkObject>>
  /** Examples of `body`, by name. */
  readonly examples?: Examples
}

/** Examples by name: each a value, or an {@link example} that says more. */
export type Examples = Readonly<Record<string, unknown>>

/** What an {@link example} says: one of `value` and `externalValue`, and what it is. */
export interface ExampleObject {
  /** One line. */
  readonly summary?: string
  /** Markdown. */
  readonly description?: string
  readonly value?: unknown
  /** The URL of an example that stands elsewhere. */
  readonly externalValue?: string
}

/** An example with words of its own. Made by {@link example}, since a value may have the same keys. */
export class Example {
  readonly object: ExampleObject

  constructor(object: ExampleObject) {
    this.object = object
  }
}

/**
 * An example that says what it is, or stands at another place (Example Object).
 *
 * @example
 * examples: { short: example({ summary: 'As short as it gets', value: { text: 'Good' } }) }
 */
export function example(object: ExampleObject): Example {
  return new Example(object)
}
