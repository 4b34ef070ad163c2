import { HttpError } from '../../../errors/HttpError.ts'
import type { ChatHistoryItem } from './package.ts'

/** What `llama()` makes text from: a conversation, which it answers, or a text, which it continues. */
export type LlamaItem = LlamaGeneration &
  (
    | { readonly messages: readonly LlamaMessage[]; readonly prompt?: undefined }
    /** Given to the model as it is, without a template. */
    | { readonly prompt: string; readonly messages?: undefined }
  )

/** A message of a conversation. The last one is not of the assistant. */
export interface LlamaMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** How a text is made. */
export interface LlamaGeneration {
  /** Default 512. Fewer where the context has no room for so many. */
  readonly maxTokens?: number | undefined
  /** 0 always takes the likeliest token; more is more varied. Default 0.8. */
  readonly temperature?: number | undefined
  /** Only the likeliest tokens that have this probability together, 0 to 1. Default: all. */
  readonly topP?: number | undefined
  /** Texts before which it stops. */
  readonly stop?: string | readonly string[] | undefined
  /** For the same text again, as far as the hardware computes alike. Default: random. */
  readonly seed?: number | undefined
}

/** An item as it is run. */
export interface Task {
  /** A conversation, or a text. */
  readonly input: readonly ChatHistoryItem[] | string
  readonly maxTokens: number
  readonly temperature: number
  readonly topP: number | undefined
  readonly stop: readonly string[]
  readonly seed: number | undefined
}

const roles: ReadonlySet<unknown> = new Set(['system', 'user', 'assistant'])

/** @throws {HttpError} 422, code `wrong_input`, saying what does not fit */
export function readItem(item: unknown): Task {
  if (typeof item !== 'object' || item === null) throw wrong('An item has to be an object')
  const { messages, prompt, maxTokens, temperature, topP, stop, seed } = item as Record<string, unknown>
  if ((messages == null) === (prompt == null)) throw wrong('An item has either `messages` or a `prompt`')
  return {
    input: prompt == null ? historyOf(messages) : text(prompt, '`prompt`'),
    maxTokens: number(maxTokens, 'maxTokens', 1, Number.MAX_SAFE_INTEGER) ?? 512,
    temperature: number(temperature, 'temperature', 0, 100) ?? 0.8,
    topP: number(topP, 'topP', 0, 1),
    stop: stopsOf(stop),
    seed: number(seed, 'seed', 0, 2 ** 32 - 1),
  }
}

function historyOf(messages: unknown): ChatHistoryItem[] {
  if (!Array.isArray(messages) || messages.length === 0) throw wrong('`messages` has to be a list of messages')
  const history = messages.map((message: unknown, index): ChatHistoryItem => {
    const { role, content } = (message ?? {}) as Partial<LlamaMessage>
    if (!roles.has(role)) throw wrong(`The role of message ${index} has to be system, user or assistant`)
    const said = text(content, `The content of message ${index}`)
    return role === 'assistant'
      ? { type: 'model', response: [said] }
      : { type: role === 'user' ? 'user' : 'system', text: said }
  })
  if (history.at(-1)?.type === 'model') throw wrong('The last message is of the assistant: there is nothing to answer')
  // The answer that is still to be made, which the template leads up to.
  return [...history, { type: 'model', response: [] }]
}

function stopsOf(stop: unknown): string[] {
  const stops = stop == null ? [] : Array.isArray(stop) ? stop : [stop]
  return stops.map((one: unknown) => {
    const found = text(one, 'A text of `stop`')
    if (found === '') throw wrong('A text of `stop` must not be empty')
    return found
  })
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw wrong(`${what} has to be a text`)
  return value
}

function number(value: unknown, name: string, min: number, max: number): number | undefined {
  if (value == null) return undefined
  if (typeof value !== 'number' || !(value >= min && value <= max))
    throw wrong(`\`${name}\` has to be a number from ${min} to ${max}`)
  return value
}

function wrong(message: string): HttpError {
  return new HttpError(422, message, { code: 'wrong_input' })
}
