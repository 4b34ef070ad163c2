import { type Issue, type Location, maxIssues } from '../../../errors/InputError.ts'
import { type ErrorContext, messageOf, type PydanticError, type PydanticErrorType } from './error.ts'

/** A step from a value to one in it, or into a branch of a union. */
export type Step = string | number

/** An issue with what pydantic says of it. */
export interface PydanticIssue extends Issue {
  readonly error: PydanticError
}

/** What FastAPI calls the locations of a request. */
const locationNames: Readonly<Record<Location, string>> = {
  params: 'path',
  query: 'query',
  headers: 'header',
  cookies: 'cookie',
  body: 'body',
}

/** Which branch of a union was taken for a value, of those that are not `null`. */
export interface Choice {
  readonly path: readonly Step[]
  readonly branch: number
}

/** A value that stands in for what the schema library was given for it, and has given back. */
export interface Restored {
  readonly path: readonly Step[]
  readonly given: unknown
  readonly value: unknown
}

/** Of the very type, of one that counts as it, or of one that is coerced. */
export type Exactness = 'exact' | 'strict' | 'lax'

const exactnesses: readonly Exactness[] = ['lax', 'strict', 'exact']

export function isMoreExact(one: Exactness, other: Exactness): boolean {
  return exactnesses.indexOf(one) > exactnesses.indexOf(other)
}

/** Where in an input we are, and all that was found wrong so far. */
export class Report {
  readonly issues: PydanticIssue[] = []
  /** How near the value is to what its schema says: as far as that part of it which is least so. */
  exactness: Exactness = 'exact'
  /** The branches of unions that were taken, those of outer ones first. */
  readonly choices: Choice[] = []
  /** How many declared fields of models have come; `undefined` where there is no model. */
  fieldsSet: number | undefined
  /** What the schema library cannot hold. */
  readonly restored: Restored[] = []
  readonly #in: Location
  /** As pydantic tells it: with the branches of unions. */
  readonly #loc: Step[]
  /** As the value has it. */
  readonly #path: Step[]

  constructor(location: Location, loc: readonly Step[] = [locationNames[location]], path: readonly Step[] = []) {
    this.#in = location
    this.#loc = [...loc]
    this.#path = [...path]
  }

  /** Steps into a part of the value. */
  enter(key: Step): void {
    this.#loc.push(key)
    this.#path.push(key)
  }

  /** Steps out of it again. */
  leave(): void {
    this.#loc.pop()
    this.#path.pop()
  }

  /** Steps to something that only {@link PydanticError.loc} tells, until {@link unmark}: a branch of a union. */
  mark(label: Step): void {
    this.#loc.push(label)
  }

  unmark(): void {
    this.#loc.pop()
  }

  /** For one branch of a union, whose issues may not count. */
  branch(label: Step): Report {
    return new Report(this.#in, [...this.#loc, label], this.#path)
  }

  /** Takes the value as a branch of a union has it. */
  choose(branch: number, own: Report): void {
    this.choices.push({ path: [...this.#path], branch }, ...own.choices)
    this.restored.push(...own.restored)
    this.floor(own.exactness)
    if (own.fieldsSet !== undefined) this.addFieldsSet(own.fieldsSet)
  }

  /** Says that a part of the value is no more exact than this. */
  floor(exactness: Exactness): void {
    if (this.exactness !== 'lax' && isMoreExact(this.exactness, exactness)) this.exactness = exactness
  }

  addFieldsSet(count: number): void {
    this.fieldsSet = (this.fieldsSet ?? 0) + count
  }

  /** Says what the value here is, where the schema library is given another that it can take. */
  restore(given: unknown, value: unknown): void {
    this.restored.push({ path: [...this.#path], given, value })
  }

  /** Takes over what a branch has found. */
  take(branch: Report): void {
    for (const issue of branch.issues) this.#push(issue)
  }

  fail(type: PydanticErrorType, input: unknown, context?: ErrorContext): void {
    this.failWith(type, messageOf(type, context), input, context)
  }

  failAt(key: Step, type: PydanticErrorType, input: unknown, context?: ErrorContext): void {
    this.enter(key)
    this.fail(type, input, context)
    this.leave()
  }

  /** Runs what tells of one more issue at a path, which is put at a place among the issues. */
  at(place: number, path: readonly Step[], tell: () => void): void {
    const { length } = this.issues
    for (const key of path) this.enter(key)
    tell()
    for (const _ of path) this.leave()
    this.issues.splice(place, 0, ...this.issues.splice(length))
  }

  /** With a message that pydantic-core does not have. */
  failWith(type: string, msg: string, input: unknown, context?: ErrorContext): void {
    const error = { type, loc: [...this.#loc], msg, input, ...(context ? { ctx: context } : {}) }
    this.#push({ in: this.#in, path: [...this.#path], code: type, message: msg, error })
  }

  #push(issue: PydanticIssue): void {
    if (this.issues.length < maxIssues) this.issues.push(issue)
  }
}

/** Takes a value as pydantic does in its lax mode: gives what is made of it, or reports why nothing can be. */
export type Parse = (value: unknown, report: Report) => unknown
