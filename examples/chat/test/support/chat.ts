import { existsSync } from 'node:fs'
import type { Server } from 'millrace'
import { expect } from 'vitest'
import { app } from '../../app.ts'
import { modelPath } from '../../model/file.ts'
import { events } from '../../public/events.js'

export const hasModel: boolean = existsSync(modelPath)
if (!hasModel) console.warn('What needs the model is not tested: `npm run model` fetches it')

export function serve(): Promise<Server> {
  return app.listen({ port: 0, signals: false, graceMs: 500 })
}

export type Event =
  | { event: 'token'; data: { text: string } }
  | { event: 'done'; data: { tokens: number; firstMs: number; tookMs: number; tokensPerSecond: number } }

/** Sends a conversation of one question, and the options of an answer. */
export function ask(server: Server, question: string, options: object = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${server.url}/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: question }], ...options }),
    ...(signal && { signal }),
  })
}

/** The events of an answer, as they come. */
export function read(response: Response): AsyncGenerator<Event, void, undefined> {
  expect(response.status).toBe(200)
  return events(response.body)
}

/** All of them, once the answer is whole. */
export async function allOf(stream: AsyncIterable<Event>): Promise<Event[]> {
  const all: Event[] = []
  for await (const one of stream) all.push(one)
  return all
}

export async function status(server: Server): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}/models`)
  const { models } = (await response.json()) as { models: Record<string, unknown>[] }
  return models[0] as Record<string, unknown>
}
