import { App } from 'millrace'
import { expect, it } from 'vitest'
import { describeTransports } from './support/serve.ts'

class Point {
  readonly x = 1
  readonly #hidden = 2
  get sum(): number {
    return this.x + this.#hidden
  }
}

class Money {
  toJSON(): unknown {
    return { cents: 5n }
  }
}

/** `value` alone, in an object, and in an array: the quick way to write JSON and the other must agree. */
const cases: [name: string, value: unknown, json: string][] = [
  ['NaN', Number.NaN, 'null'],
  ['Infinity', Number.POSITIVE_INFINITY, 'null'],
  ['negative zero', -0, '0'],
  ['BigInt', 123n, '"123"'],
  ['Date', new Date(1), '"1970-01-01T00:00:00.001Z"'],
  ['an invalid Date', new Date(Number.NaN), 'null'],
  [
    'Map',
    new Map<unknown, unknown>([
      ['a', 1],
      [2, new Map([['b', 3n]])],
    ]),
    '{"2":{"b":"3"},"a":1}',
  ],
  ['Set', new Set([1, 'a', new Set([2])]), '[1,"a",[2]]'],
  ['Float32Array', new Float32Array([0.5, Number.NaN]), '[0.5,null]'],
  ['Int8Array', new Int8Array([-1, 2]), '[-1,2]'],
  ['BigInt64Array', new BigInt64Array([1n, -2n]), '["1","-2"]'],
  ['a class instance', new Point(), '{"x":1}'],
  ['toJSON of a class', new Money(), '{"cents":"5"}'],
  ['toJSON of a plain object', { toJSON: () => new Map([['a', 1n]]) }, '{"a":"1"}'],
  ['an object without a prototype', Object.assign(Object.create(null), { a: 1n }), '{"a":"1"}'],
  ['URL', new URL('http://a.test/b'), '"http://a.test/b"'],
]
const nestedOnly: typeof cases = [
  ['Uint8Array', new Uint8Array([1, 255]), '[1,255]'],
  ['Buffer', Buffer.from([1, 255]), '[1,255]'],
  ['ArrayBuffer', new Uint8Array([1, 255]).buffer, '[1,255]'],
  ['DataView', new DataView(new Uint8Array([9, 1, 255]).buffer, 1), '[1,255]'],
]

describeTransports('JSON', (serve) => {
  const write = async (value: unknown): Promise<string> => {
    const app = new App()
    app.get('/', () => value)
    const { request } = await serve(app)
    return (await request('/')).text()
  }

  it.each(cases)('writes %s', async (_name, value, json) => {
    expect(await write(value)).toBe(json)
  })

  it.each([...cases, ...nestedOnly])('writes %s within objects, arrays and maps', async (_name, value, json) => {
    expect(await write({ a: value, b: [value], c: new Map([['d', value]]) })).toBe(
      `{"a":${json},"b":[${json}],"c":{"d":${json}}}`,
    )
  })

  it('leaves out what is undefined or a function, and writes null for it in an array', async () => {
    const value = { a: undefined, b: () => 1, c: [undefined, () => 1], d: Symbol('x') }
    expect(await write(value)).toBe('{"c":[null,null]}')
    expect(await write([1, undefined])).toBe('[1,null]')
  })

  it('writes deep nesting', async () => {
    let value: unknown = 7n
    for (let depth = 0; depth < 100; depth++) value = { a: value }
    expect(await write(value)).toBe(`${'{"a":'.repeat(100)}"7"${'}'.repeat(100)}`)
  })
})
