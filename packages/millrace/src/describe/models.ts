import type { ModelDocs } from '../plan/dependency.ts'
import type { Plan } from '../plan/plan.ts'
import { compact, type JsonObject } from './objects.ts'

/** The models that an operation runs, itself or through what it depends on. */
export function modelsOf(plan: Plan): readonly ModelDocs[] {
  return plan.dependencies.flatMap(({ dependency }) => dependency.docs ?? [])
}

/** What a caller wants to know of a model, in one line. */
export function sentenceOf({ name, runtime, batch, queue }: ModelDocs): string {
  const model = `Runs the model \`${name}\`${runtime ? ` (${runtime})` : ''}`
  const batches = batch.maxSize === 1 ? 'one item at a time' : `in batches of up to ${batch.maxSize}`
  const answer = `each is answered within ${queue.deadlineMs / 1_000} s, or with 504`
  return `${model}, ${batches}; at most ${queue.maxSize} items wait and run, more are answered with 503; ${answer}.`
}

/** What the extension `x-millrace-models` says of a model. */
export function describeModel({ name, runtime, batch, queue }: ModelDocs): JsonObject {
  return compact({ name, runtime, batch: compact({ ...batch }), queue })
}
