import { validatorOf } from '../check/validator.ts'
import { compileJsonLater } from './compiledJson/compileJson.ts'
import { toJson } from './json.ts'
import { problemAnswer } from './problem.ts'
import type { ReplyRules } from './replyRules.ts'

/** Millrace's own: problem objects, and text as text. */
export const standardReplies: ReplyRules = {
  validatorOf: (schema) => validatorOf(schema, 'reply'),
  writeFittingOf: compileJsonLater,
  toJson,
  jsonEnd: '',
  undeclaredItem: undefined,
  emptyMediaType: undefined,
  textMediaType: 'text/plain; charset=utf-8',
  nothing: 'empty',
  errorAnswer: problemAnswer,
  malformedRange: 'ignore',
  heartbeat: ': \n\n',
}
