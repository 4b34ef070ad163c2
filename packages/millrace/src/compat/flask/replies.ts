import { codeOfOwn } from '../../errors/codedError.ts'
import { titleOf } from '../../errors/codes.ts'
import { HttpError } from '../../errors/HttpError.ts'
import { InputError } from '../../errors/InputError.ts'
import type { RequestContext } from '../../input/context.ts'
import { problemOf } from '../../reply/problem.ts'
import type { ReplyRules } from '../../reply/replyRules.ts'
import { standardReplies } from '../../reply/standardReplies.ts'
import { Answer, isBodiless } from '../../serve/answer.ts'
import { HeaderList } from '../../serve/headers.ts'
import { descriptionOf, errorPage, nameOf } from './errorPages.ts'
import { flaskJson } from './json.ts'

/** In which form errors are told: pages, or JSON to those that ask for it. */
export interface ReplyOptions {
  readonly jsonErrors: boolean
}

/** Flask's: JSON with sorted keys, text as HTML, errors as pages. */
export function flaskReplies({ jsonErrors }: ReplyOptions): ReplyRules {
  return {
    ...standardReplies,
    // Keys are sorted.
    writeFittingOf: undefined,
    toJson: flaskJson,
    jsonEnd: '\n',
    emptyMediaType: 'text/html; charset=utf-8',
    textMediaType: 'text/html; charset=utf-8',
    errorAnswer: (error, isDebug, context) => {
      const status = statusOf(error)
      const answer =
        jsonErrors && asksForJson(context) ? jsonAnswer(error, status, isDebug) : pageAnswer(error, status, isDebug)
      if (error instanceof HttpError)
        for (const [name, value] of Object.entries(error.headers ?? {})) answer.headers.set(name, value)
      return answer
    },
  }
}

function statusOf(error: unknown): number {
  if (error instanceof InputError) return 400
  return error instanceof HttpError ? error.status : 500
}

/** What is said of an error: what the app has said, else what Werkzeug says of its status. */
function descriptionFor(error: unknown, status: number, isDebug: boolean): string {
  if (!(error instanceof HttpError)) return isDebug ? problemOf(error, true).detail : descriptionOf(500)
  if (error instanceof InputError) return descriptionOf(status)
  const code = codeOfOwn(error)
  if (code === 'unsupported_media_type' && error.headers?.['accept'] === 'application/json')
    return "Did not attempt to load JSON data because the request Content-Type was not 'application/json'."
  return code !== undefined || error.detail === titleOf(status) ? descriptionOf(status) : error.detail
}

function pageAnswer(error: unknown, status: number, isDebug: boolean): Answer {
  const headers = HeaderList['~of']('content-type', 'text/html; charset=utf-8')
  const page = isBodiless(status) ? null : errorPage(status, descriptionFor(error, status, isDebug))
  return new Answer(status, headers, page, error)
}

/** The form that Flask's documentation has for it, with the issues of inputs. */
function jsonAnswer(error: unknown, status: number, isDebug: boolean): Answer {
  const told = {
    code: status,
    name: nameOf(status),
    description: descriptionFor(error, status, isDebug),
    ...(error instanceof InputError ? { errors: error.issues } : {}),
  }
  return new Answer(status, HeaderList['~of']('content-type', 'application/json'), `${flaskJson(told)}\n`, error)
}

function asksForJson(context: RequestContext | undefined): boolean {
  const accept = context?.header('accept') ?? ''
  return /application\/(?:[\w.-]+\+)?json/i.test(accept) && !/text\/html/i.test(accept)
}
