import { describe, expect, it } from 'vitest'
import { compareCase, type Followed, type Level } from '../replay/compare.ts'
import { differingHeaders } from '../replay/compareHeaders.ts'
import { firstDifference, normalizeDocument } from '../replay/document.ts'
import type { RecordedCase } from '../replay/recording.ts'

const recorded = (part: Partial<RecordedCase>): RecordedCase => ({
  method: 'GET',
  path: '/',
  headers: {},
  body: null,
  status: 200,
  response_headers: { 'content-type': 'application/json' },
  response_body: '{}',
  redirects: [],
  ...part,
})

const answer = (body: string, part: Partial<Followed> & { type?: string } = {}): Followed => ({
  status: 200,
  headers: new Headers({ 'content-type': part.type ?? 'application/json' }),
  body: Buffer.from(body),
  redirects: [],
  ...part,
})

const missed = (one: RecordedCase, received: Followed, sets: readonly string[] = []): Level[] =>
  compareCase(one, received, sets).flatMap(({ level, passed }) => (passed ? [] : [level]))

describe('bodies', () => {
  it('takes JSON by its meaning', () => {
    const one = recorded({ response_body: '{"a":42.0,"b":[1,2]}' })
    expect(missed(one, answer('{ "b": [1, 2], "a": 42 }'))).toEqual([])
    expect(missed(one, answer('{ "b": [2, 1], "a": 42 }'))).toEqual(['L2'])
    expect(missed(one, answer('{ "b": [2, 1], "a": 42 }'), ['b'])).toEqual([])
    expect(missed(one, answer('{ "b": [1, 2], "a": "42" }'))).toEqual(['L2'])
  })

  it('takes text as it is, and compares types', () => {
    const one = recorded({ response_headers: { 'content-type': 'text/plain; charset=utf-8' }, response_body: 'a b' })
    expect(missed(one, answer('a b', { type: 'text/plain;charset=UTF-8' }))).toEqual([])
    expect(missed(one, answer('a  b', { type: 'text/plain; charset=utf-8' }))).toEqual(['L2'])
    expect(missed(one, answer('a b', { type: 'text/plain' }))).toEqual(['headers'])
  })

  it('takes bytes that are no text by each byte', () => {
    const one = recorded({ response_headers: { 'content-type': 'image/png' }, response_body: { b64: '/9j/' } })
    expect(missed(one, { ...answer('', { type: 'image/png' }), body: Buffer.from('/9j/', 'base64') })).toEqual([])
    expect(missed(one, { ...answer('', { type: 'image/png' }), body: Buffer.from('/9jA', 'base64') })).toEqual(['L2'])
  })

  it('wants the redirects on the way', () => {
    const one = recorded({ redirects: [[307, 'http://testserver/items/']] })
    expect(missed(one, answer('{}'))).toEqual(['L1'])
    expect(missed(one, answer('{}', { redirects: [[307, 'http://testserver/items/']] }))).toEqual([])
    expect(missed(one, answer('{}', { redirects: [[308, 'http://testserver/items/']] }))).toEqual(['L1'])
  })
})

describe('items of a 422', () => {
  const item = { type: 'missing', loc: ['body', 'name'], msg: 'Field required', input: {} }
  const one = recorded({ status: 422, response_body: JSON.stringify({ detail: [item] }) })
  const with422 = (...items: unknown[]) => answer(JSON.stringify({ detail: items }), { status: 422 })

  it('tells place and type from the rest', () => {
    expect(missed(one, with422(item))).toEqual([])
    expect(missed(one, with422({ ...item, msg: 'Required' }))).toEqual(['L2', 'L4'])
    expect(missed(one, with422({ ...item, loc: ['body', 'nam'] }))).toEqual(['L2', 'L3', 'L4'])
  })

  it('wants every item, no more, and in their order', () => {
    const other = { ...item, loc: ['body', 'price'] }
    expect(missed(one, with422(item, other))).toEqual(['L2', 'L3', 'L4'])
    expect(missed(one, with422())).toEqual(['L2', 'L3', 'L4'])
    const both = recorded({ status: 422, response_body: JSON.stringify({ detail: [item, other] }) })
    expect(missed(both, with422(other, item))).toEqual(['L2', 'L3', 'L4'])
  })
})

describe('headers', () => {
  it('compares those that are recorded', () => {
    const received = new Headers({ 'x-error': 'There', vary: 'Accept-Encoding, origin', etag: '"1"' })
    expect(differingHeaders({ 'x-error': 'There', vary: 'Origin, Accept-Encoding', etag: '"2"' }, received)).toEqual([])
    expect(differingHeaders({ 'x-error': 'there', location: '/' }, received)).toEqual(['x-error', 'location'])
  })
})

describe('documents', () => {
  const schemas = {
    Item: { type: 'object', title: 'Item', properties: { title: { type: 'string', title: 'Title' } } },
  }
  const info = { title: 'App', version: '1' }
  const withSchema = (schema: unknown, components: unknown) => ({
    openapi: '3.1.0',
    info,
    paths: { '/': { get: { operationId: 'read', responses: { 200: { schema } } } } },
    components,
  })

  it('puts what a component stands for in its place, whatever its name', () => {
    const named = withSchema({ $ref: '#/components/schemas/Item' }, { schemas })
    const inline = withSchema({ type: 'object', properties: { title: { type: 'string' } } }, {})
    expect(normalizeDocument(named)).toEqual(normalizeDocument(inline))
    expect(normalizeDocument(named)).toEqual({
      openapi: '3.1.0',
      info,
      paths: {
        '/': { get: { responses: { 200: { schema: { type: 'object', properties: { title: { type: 'string' } } } } } } },
      },
    })
  })

  it('comes to an end with a component that holds itself', () => {
    const tree = { type: 'object', properties: { child: { $ref: '#/components/schemas/Tree' } } }
    const { paths } = normalizeDocument(withSchema({ $ref: '#/components/schemas/Tree' }, { schemas: { Tree: tree } }))
    expect(JSON.stringify(paths)).toContain('{"type":"object","properties":{"child":{"$ref":"#recursion/1"}}}')
  })

  it('keeps all else, and says where two differ first', () => {
    const left = normalizeDocument({ openapi: '3.1.0', info, paths: {}, tags: [{ name: 'a' }] })
    const right = normalizeDocument({ openapi: '3.1.0', info, paths: {}, tags: [{ name: 'b' }] })
    expect(firstDifference(left, right)).toBe('/tags/0/name: expected "a", got "b"')
    expect(firstDifference(left, left)).toBeUndefined()
  })
})
