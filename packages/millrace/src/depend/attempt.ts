import { HttpError } from '../errors/HttpError.ts'
import type { RequestContext } from '../input/context.ts'
import type { DependencyPlan } from '../plan/plan.ts'
import { isPromise, type MaybePromise } from '../serve/maybePromise.ts'

/** What an alternative has in place of a value when it does not accept the request. */
export class Refusal {
  readonly error: HttpError

  constructor(error: HttpError) {
    this.error = error
  }
}

type Make = (context: RequestContext) => MaybePromise<void>

/** Makes one of several alternatives, or something that it needs: 401 and 403 are left for the others to outdo. */
export function attemptOf({ dependency, names }: DependencyPlan, index: number, make: Make): Make {
  // Alternatives look at refusals themselves.
  const needs = dependency.security?.kind === 'alternatives' ? [] : Object.values(names)
  return (context) => {
    const values = context['~values'] as unknown[]
    const refused = needs.find((needed) => values[needed] instanceof Refusal)
    if (refused !== undefined) {
      values[index] = values[refused]
      return undefined
    }
    const keep = (error: unknown) => {
      if (!(error instanceof HttpError) || (error.status !== 401 && error.status !== 403)) throw error
      values[index] = new Refusal(error)
    }
    try {
      const made = make(context)
      return isPromise(made) ? made.catch(keep) : made
    } catch (error) {
      return keep(error)
    }
  }
}
