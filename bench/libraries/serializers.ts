import fastJson from 'fast-json-stringify'
import type { z } from 'zod'
import { validatorOf } from '../../packages/millrace/src/check/validator.ts'
import { compileJson } from '../../packages/millrace/src/reply/compiledJson/compileJson.ts'
import { toJson } from '../../packages/millrace/src/reply/json.ts'
import { itemAnswer, predictAnswer } from '../http/schemas.ts'
import { machine, machineLine } from '../report/machine.ts'
import { table } from '../report/table.ts'
import { versionOf } from '../report/versions.ts'
import { nanoseconds } from './nanoseconds.ts'

// How long JSON takes to write. The numbers vary from answer to answer: V8 keeps the texts of numbers that it has
// written lately, and with constant ones, as many comparisons have them, joining strings looks far faster than it is.
const different = 4_096
const numbers = { type: 'array', items: { type: 'number' } } as const

interface Vectors {
  readonly scores: number[]
  readonly embedding: number[]
}
interface Item {
  readonly id: number
  readonly limit: number
  readonly tag: string
}

/** As the numbers of W2 are. */
const rounded = (value: number) => Math.round(value * 1e6) / 1e6

const vectorsOf =
  (number: (value: number) => number) =>
  (seed: number): Vectors => {
    const of = (part: number) =>
      Array.from({ length: 32 }, (_, index) => number(Math.sin(seed * 64 + part * 32 + index)))
    return { scores: of(0), embedding: of(1) }
  }
const vectors = vectorsOf(rounded)
const unroundedVectors = vectorsOf((value) => value)
const item = (seed: number): Item => ({ id: seed * 1_000_003, limit: (seed % 100) + 1, tag: `tag ${seed}` })

const fastVectors = fastJson({ type: 'object', properties: { scores: numbers, embedding: numbers } })
const fastItem = fastJson({
  type: 'object',
  properties: { id: { type: 'integer' }, limit: { type: 'integer' }, tag: { type: 'string' } },
})

/** Checks by a schema, then writes the copy that has been made: the way of all replies that are not written at once. */
function checkedThenWritten(schema: z.ZodType): (value: unknown) => string {
  const validate = validatorOf(schema, 'reply')
  return (value) => toJson((validate(value) as { readonly value: unknown }).value)
}

/** In one pass where that is worth it, else as above. */
function asMillrace(schema: z.ZodType): (value: unknown) => string {
  const write = compileJson(schema)
  const otherwise = checkedThenWritten(schema)
  return (value) => write?.(value) ?? otherwise(value)
}

/** What a serializer does that is generated from the schema: it knows the keys, and joins the rest to them. */
const joinVectors = ({ scores, embedding }: Vectors): string =>
  `{"scores":${joinNumbers(scores)},"embedding":${joinNumbers(embedding)}}`
const joinItem = ({ id, limit, tag }: Item): string => `{"id":${id},"limit":${limit},"tag":${JSON.stringify(tag)}}`

function joinNumbers(list: readonly number[]): string {
  let text = '['
  for (let index = 0; index < list.length; index++) text += index === 0 ? list[index] : `,${list[index]}`
  return `${text}]`
}

function row<T>(name: string, make: (seed: number) => T, write: (value: T) => string): string[] {
  const values = Array.from({ length: different }, (_, seed) => make(seed))
  const constant = values[1] as T
  if (write(constant) !== JSON.stringify(constant)) throw new Error(`${name} writes something else`)
  const varied = nanoseconds((count) => write(values[count % different] as T))
  const same = nanoseconds(() => write(constant))
  console.error(`${name}: ${varied.toFixed(0)}, ${same.toFixed(0)}`)
  return [name, varied.toFixed(0), same.toFixed(0)]
}

const rows = [
  row("W2's answer, JSON.stringify of a fresh object", vectors, ({ scores, embedding }) =>
    JSON.stringify({ scores, embedding }),
  ),
  row("W2's answer, generated", vectors, joinVectors),
  row("W2's answer, fast-json-stringify", vectors, fastVectors),
  row("W2's answer, checked by zod, then JSON.stringify", vectors, checkedThenWritten(predictAnswer)),
  row("W2's answer, as Millrace checks and writes it", vectors, asMillrace(predictAnswer)),
  row('not rounded, checked by zod, then JSON.stringify', unroundedVectors, checkedThenWritten(predictAnswer)),
  row('not rounded, as Millrace checks and writes it', unroundedVectors, asMillrace(predictAnswer)),
  row('small object, JSON.stringify of a fresh object', item, ({ id, limit, tag }) =>
    JSON.stringify({ id, limit, tag }),
  ),
  row('small object, generated', item, joinItem),
  row('small object, fast-json-stringify', item, fastItem),
  row('small object, checked by zod, then JSON.stringify', item, checkedThenWritten(itemAnswer)),
  row('small object, as Millrace checks and writes it', item, asMillrace(itemAnswer)),
]
const version = versionOf('fast-json-stringify', import.meta.dirname)
const head = ['ns to write', 'varied numbers', 'the same numbers again']
console.log(`${machineLine(machine())}  \nfast-json-stringify ${version}\n\n${table(head, rows)}`)
