import type { CallOptions } from './types.ts'

/** The options of any call, as the code that sends it reads them. */
export interface AnyOptions extends CallOptions {
  readonly params?: Values | undefined
  readonly query?: Values | undefined
  readonly headers?: Values | undefined
  readonly cookies?: Values | undefined
  readonly body?: unknown
  readonly form?: Values
  readonly multipart?: Values | FormData
  readonly text?: string
  readonly bytes?: Bytes
}

type Bytes = Uint8Array<ArrayBuffer> | ArrayBuffer | Blob | ReadableStream<Uint8Array>

export type Values = Readonly<Record<string, unknown>>

/** The path and query of a call. @throws {TypeError} for a path parameter that is missing or cannot be sent */
export function targetOf(path: string, { params = {}, query = {} }: AnyOptions): string {
  const search = encodePairs(query)
  return fillPath(path, params) + (search === '' ? '' : `?${search}`)
}

function fillPath(path: string, params: Values): string {
  const filled = path.split('/').flatMap((segment) => {
    if (segment.startsWith('*')) return [fill(path, segment.slice(1), params, true)]
    if (!segment.startsWith(':')) return [encodedLiteral(segment)]
    const isOptional = segment.endsWith('?')
    const name = segment.slice(1, isOptional ? -1 : undefined)
    return isOptional && params[name] === undefined ? [] : [fill(path, name, params, false)]
  })
  const target = filled.join('/') || '/'
  // RFC 3986, section 4.2: two slashes at the beginning are followed by a host, here by one that a parameter names.
  return target.startsWith('//') ? `/.${target}` : target
}

/** What no URL can hold as it is: a header such as `location` could not be sent with it. */
function encodedLiteral(segment: string): string {
  return segment.replace(/[^!-~]+/g, encodeURIComponent)
}

function fill(path: string, name: string, params: Values, keepsSlashes: boolean): string {
  const value = params[name]
  if (value === undefined || value === null) throw new TypeError(`The path ${path} needs the parameter '${name}'`)
  const text = textOf(value)
  const parts = keepsSlashes ? text.split('/') : [text]
  // URLs drop '.' and '..', also when they are encoded (WHATWG URL, section 4.4): another path would be asked for.
  if ((!keepsSlashes && text === '') || parts.some((part) => part === '.' || part === '..'))
    throw new TypeError(`'${text}' cannot be sent as the parameter '${name}' of ${path}: it would change the path`)
  return parts.map(encodeURIComponent).join('/')
}

/** `a=1&b=2`; an array repeats its name, an object has members, what is `undefined` or `null` is left out. */
function encodePairs(values: Values): string {
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) addPairs(pairs, name, value)
  return pairs.toString()
}

/** The names of OpenAPI's `deepObject`: `filter[price][gt]=3`, and `items[0][id]=3` of objects in a list. */
function addPairs(pairs: URLSearchParams, name: string, value: unknown): void {
  if (value === undefined || value === null) return
  if (Array.isArray(value))
    for (const [index, item] of value.entries()) addPairs(pairs, isRecord(item) ? `${name}[${index}]` : name, item)
  else if (isRecord(value))
    for (const [key, member] of Object.entries(value)) addPairs(pairs, `${name}[${key}]`, member)
  else pairs.append(name, textOf(value))
}

function isRecord(value: unknown): value is Values {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value)
}

/** Adds headers over those that are there; what is `undefined` or `null` is left out. */
function addHeaders(headers: Headers, values: Values): void {
  for (const [name, value] of Object.entries(values))
    if (value !== undefined && value !== null) headers.set(name, textOf(value))
}

/** The headers of a call, `content-type` and cookies included. */
export function headersOf(common: Values, options: AnyOptions): Headers {
  const headers = new Headers()
  const type = contentTypeOf(options)
  if (type !== undefined) headers.set('content-type', type)
  addHeaders(headers, common)
  addHeaders(headers, options.headers ?? {})
  const cookies = Object.entries(options.cookies ?? {}).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [`${name}=${encodeURIComponent(textOf(value))}`],
  )
  if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
  return headers
}

/** `undefined` leaves it to `fetch`, which alone knows the boundary of a multipart body. */
function contentTypeOf({ body, form, text, bytes }: AnyOptions): string | undefined {
  if (body !== undefined) return 'application/json'
  if (form !== undefined) return 'application/x-www-form-urlencoded'
  if (text !== undefined) return 'text/plain; charset=utf-8'
  if (bytes !== undefined) return (bytes instanceof Blob && bytes.type) || 'application/octet-stream'
  return undefined
}

/** The body of a call, or `null`. */
export function bodyOf({ body, form, multipart, text, bytes }: AnyOptions): string | FormData | Bytes | null {
  if (body !== undefined) return JSON.stringify(body)
  if (form !== undefined) return encodePairs(form)
  if (multipart !== undefined) return multipart instanceof FormData ? multipart : formDataOf(multipart)
  return text ?? bytes ?? null
}

/** An array repeats its name, a `Blob` is a file, any other object a part of JSON; `undefined` and `null` are left out. */
function formDataOf(values: Values): FormData {
  const parts = new FormData()
  for (const [name, value] of Object.entries(values))
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item === undefined || item === null) continue
      if (item instanceof Blob) parts.append(name, item)
      else if (typeof item === 'object' && !(item instanceof Date)) parts.append(name, jsonPart(item))
      else parts.append(name, textOf(item))
    }
  return parts
}

function jsonPart(value: object): Blob {
  return new Blob([JSON.stringify(value)], { type: 'application/json' })
}
