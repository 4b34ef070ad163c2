import type { PathParams } from './path.ts'

/** What is written as text into a path or a query. */
export type TextValue = string | number | bigint | boolean | Date

/** What a URL has besides its path. */
export interface UrlOptions {
  /** An array repeats its name; `undefined` and `null` are left out. */
  readonly query?: Readonly<Record<string, TextValue | readonly TextValue[] | undefined | null>>
  /** What follows `#`. */
  readonly hash?: string
  /**
   * With scheme and host: `true` for those of the request, or a base such as `https://api.example.com/v1`,
   * which then stands before the path in place of the request's own. The request's host is what the client says
   * it is: give a base for a URL that is sent to somebody else, as in a mail.
   */
  readonly absolute?: boolean | string
}

/** What there can be a URL of: an operation. */
export interface Linked<Path extends string> {
  readonly method: string
  readonly path: Path
}

type ParamsOf<Names> = { readonly [K in keyof Names]: TextValue }

/** After the operation: its path parameters, which may be left out where none is required, and options. */
export type UrlArguments<Path extends string> = string extends Path
  ? [params?: Readonly<Record<string, TextValue>>, options?: UrlOptions]
  : PathParams<Path> extends infer Names extends object
    ? {} extends Names
      ? [params?: ParamsOf<Names>, options?: UrlOptions]
      : [params: ParamsOf<Names>, options?: UrlOptions]
    : [params?: Readonly<Record<string, never>>, options?: UrlOptions]

/**
 * The URL of an operation: its path with every prefix, and its parameters filled in and encoded.
 *
 * @throws {TypeError} for an operation that is not part of the app, and for a parameter that is missing or would
 *   change the path, as `..` does
 *
 * @example
 * urlFor(readItem, { id: 3 }, { query: { full: true } }) // '/v1/items/3?full=true'
 */
export type UrlFor = <Path extends string>(operation: Linked<Path>, ...rest: UrlArguments<Path>) => string
