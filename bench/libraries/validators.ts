import { type } from 'arktype'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import * as v from 'valibot'
import { validatorOf } from '../../packages/millrace/src/check/validator.ts'
import type { Schema } from '../../packages/millrace/src/plan/schema.ts'
import { predictAnswer, predictBody } from '../http/schemas.ts'
import { readPrediction } from '../http/servers/byHand.ts'
import { predict, workload } from '../http/workloads.ts'
import { machine, machineLine } from '../report/machine.ts'
import { table } from '../report/table.ts'
import { versionOf } from '../report/versions.ts'
import { nanoseconds } from './nanoseconds.ts'

// How long the libraries take for the schemas of W2: by `~standard.validate`, and on the way that Millrace takes where
// that is another one. typebox has no Standard Schema: what is measured is its own interface.
const valibotBody = v.object({
  text: v.pipe(v.string(), v.minLength(1), v.maxLength(2000)),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)), 10),
  options: v.object({ model: v.pipe(v.string(), v.minLength(1), v.maxLength(64)), normalize: v.boolean() }),
  tags: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(32))), v.maxLength(16)),
})
const valibotNumbers = v.pipe(v.array(v.number()), v.length(32))
const valibotAnswer = v.object({ scores: valibotNumbers, embedding: valibotNumbers })

const arktypeBody = type({
  text: '1 <= string <= 2000',
  limit: '1 <= number.integer <= 100 = 10',
  options: { model: '1 <= string <= 64', normalize: 'boolean' },
  tags: '(1 <= string <= 32)[] <= 16',
})
const arktypeAnswer = type({ scores: 'number[] == 32', embedding: 'number[] == 32' })

const typeboxNumbers = Type.Array(Type.Number(), { minItems: 32, maxItems: 32 })
const typeboxBody = Compile(
  Type.Object({
    text: Type.String({ minLength: 1, maxLength: 2000 }),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10 })),
    options: Type.Object({ model: Type.String({ minLength: 1, maxLength: 64 }), normalize: Type.Boolean() }),
    tags: Type.Array(Type.String({ minLength: 1, maxLength: 32 }), { maxItems: 16 }),
  }),
)
const typeboxAnswer = Compile(Type.Object({ scores: typeboxNumbers, embedding: typeboxNumbers }))

const body = JSON.parse(workload('W2').requests[0]?.body as string)
const answer = predict({ text: '0000', limit: 10 })
const validate = (schema: Schema) => schema['~standard'].validate.bind(schema['~standard'])
const own = (body: Schema, answer: Schema) => [validatorOf(body, 'fresh'), validatorOf(answer, 'reply')] as const

const rows = [
  row('zod', validate(predictBody), validate(predictAnswer)),
  row('zod, as Millrace has it checked', ...own(predictBody, predictAnswer)),
  row('valibot', validate(valibotBody), validate(valibotAnswer)),
  row('arktype', validate(arktypeBody), validate(arktypeAnswer)),
  row('arktype, as Millrace has it checked', ...own(arktypeBody, arktypeAnswer)),
  row(
    'typebox, compiled: its defaults, then its check',
    (value) => typeboxBody.Check(typeboxBody.Default(value)),
    (value) => typeboxAnswer.Check(value),
  ),
  row('typebox, compiled: its check alone', (value) => typeboxBody.Check(value)),
  row('by hand', readPrediction),
]

function row(name: string, ofBody: (value: unknown) => unknown, ofAnswer?: (value: unknown) => unknown): string[] {
  refuseRefusal(name, ofBody({ ...body }))
  // Another one each time: some fill in the default in place.
  const cells = [nanoseconds(() => ofBody({ ...body })).toFixed(0)]
  if (ofAnswer) refuseRefusal(name, ofAnswer(answer))
  cells.push(ofAnswer ? nanoseconds(() => ofAnswer(answer)).toFixed(0) : '')
  console.error(`${name}: ${cells.join(', ')}`)
  return [name, ...cells]
}

/** Nothing is measured that does not take what is valid. */
function refuseRefusal(name: string, result: unknown): void {
  const failed = typeof result === 'object' && result !== null && 'issues' in result && result.issues
  if (!result || failed) throw new Error(`${name} does not take what is valid: ${JSON.stringify(result)}`)
}

const versions = ['zod', 'valibot', 'arktype', 'typebox'].map(
  (name) => `${name} ${versionOf(name, import.meta.dirname)}`,
)
console.log(
  `${machineLine(machine())}  \n${versions.join(', ')}\n\n${table(['ns to check', 'body of W2', 'answer of W2'], rows)}`,
)
