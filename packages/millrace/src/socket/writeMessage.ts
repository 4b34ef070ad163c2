import { ResponseError } from '../errors/ResponseError.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import { compileCheckedJson } from '../reply/checkedJson.ts'
import type { ReplyRules } from '../reply/replyRules.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'

/** A string goes out as a text message, bytes as a binary one. @throws {ResponseError} for what does not fit */
export type WriteMessage = (message: unknown) => MaybePromise<string | Uint8Array>

/** Compiles how messages of the handler are checked and written: as replies are. */
export function compileWriteMessage({ send, path }: SocketPlan, replies: ReplyRules): WriteMessage {
  const name = `WS ${path}`
  switch (send.kind) {
    case 'any':
      return (message) => (typeof message === 'string' ? message : (asBytes(message) ?? replies.toJson(message)))
    case 'text':
      return (message) => (typeof message === 'string' ? message : refuse(name, 'a string for a message of text'))
    case 'bytes':
      return (message) => asBytes(message) ?? refuse(name, 'bytes')
    case 'json':
      return compileCheckedJson(send.schema, name, replies)
  }
}

function asBytes(message: unknown): Uint8Array | undefined {
  if (message instanceof Uint8Array) return message
  return message instanceof ArrayBuffer ? new Uint8Array(message) : undefined
}

function refuse(name: string, expected: string): never {
  throw new ResponseError(name, [`(root): expected ${expected}`])
}
