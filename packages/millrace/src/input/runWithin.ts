import type { RequestContext } from './context.ts'

/** Calls a function so that code far from it can find the context. */
export type RunWithin = <A extends readonly unknown[], R>(
  context: RequestContext,
  work: (...args: A) => R,
  ...args: A
) => R

let current: RunWithin | undefined

/** How requests are run: `undefined` where nobody looks for their contexts, so that nobody pays for it. */
export function runWithin(): RunWithin | undefined {
  return current
}

/** Called by `millrace/context` when it is loaded. */
export function setRunWithin(run: RunWithin): void {
  current = run
}
