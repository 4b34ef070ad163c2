import { setTimeout as sleep } from 'node:timers/promises'

/** What is asked of every server, and what it has to answer. */
export interface Workload {
  readonly name: 'W1' | 'W2' | 'W3' | '422' | '50 ms' | 'SSE'
  readonly about: string
  readonly request: Ask
  /** The JSON of a 200, the text of an event stream, or `refused`: any 4xx, each framework's own. */
  readonly expected: { readonly json: unknown } | { readonly events: string } | 'refused'
  /** Keep-alive connections, each with one request at a time. */
  readonly connections: number
  /** Asked before anything is measured: faulty input that has to be answered with a 4xx. */
  readonly refused: readonly Ask[]
}

/** One request. */
export interface Ask {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

/** The input of W2, as a client sends it. */
export interface Prediction {
  readonly text: string
  /** Default 10. */
  readonly limit?: number
  readonly options: { readonly model: string; readonly normalize: boolean }
  readonly tags: readonly string[]
}

/** What W2 answers with: 64 numbers. */
export interface Vectors {
  readonly scores: number[]
  readonly embedding: number[]
}

/** What W3 answers with. */
export interface Item {
  readonly id: number
  readonly limit: number
  readonly tag: string
}

// Made once, one for each `limit`: the work of a model is not what is measured, and a server that does not
// fill the default answers with the wrong numbers.
const answers: readonly Vectors[] = Array.from({ length: 101 }, (_, limit) => ({
  scores: numbers(limit, Math.sin),
  embedding: numbers(limit, Math.cos),
}))

function numbers(seed: number, of: (x: number) => number): number[] {
  return Array.from({ length: 32 }, (_, index) => Math.round(of(seed + index + 0.5) * 1e6) / 1e6)
}

/** What every handler of W2 answers. */
export function predict(limit: number): Vectors {
  return answers[limit] as Vectors
}

/** How long the awaited call takes that stands for a model or a database. */
export const callMs = 50

/** The awaited call. */
export function call(): Promise<void> {
  return sleep(callMs)
}

/** An item of the event stream, as a model that generates text gives them. */
export interface Token {
  readonly index: number
  readonly token: string
}

export const eventCount = 50
export const eventEveryMs = 10

/** What every event stream sends: a token from time to time. */
export async function* tokens(): AsyncGenerator<Token> {
  for (let index = 0; index < eventCount; index++) {
    await sleep(eventEveryMs)
    yield { index, token: 'flour' }
  }
}

const events = Array.from({ length: eventCount }, (_, index) => `data: {"index":${index},"token":"flour"}\n\n`).join('')

const prediction: Prediction = {
  text: 'The water comes down the millrace, the wheel turns, and the stones grind all the corn that the village has grown: nobody waits for long, and nothing is lost on its way to the sack and a boat beneath them.',
  options: { model: 'use-lite-512', normalize: true },
  tags: ['river', 'wheel', 'flour'],
}

function post(body: unknown): Ask {
  return { method: 'POST', path: '/predict', body: JSON.stringify(body) }
}

function get(path: string): Ask {
  return { method: 'GET', path }
}

export const workloads: readonly Workload[] = [
  {
    name: 'W1',
    about: 'GET, a JSON constant',
    request: get('/health'),
    expected: { json: { status: 'ok' } },
    connections: 64,
    refused: [get('/nowhere')],
  },
  {
    name: 'W2',
    about: 'POST, 300 bytes of JSON checked, 64 numbers answered',
    request: post(prediction),
    expected: { json: predict(10) },
    connections: 64,
    refused: [
      { ...post(prediction), body: '{"text":' },
      post({ ...prediction, text: '' }),
      post({ ...prediction, text: 'x'.repeat(2001) }),
      post({ ...prediction, limit: 0 }),
      post({ ...prediction, limit: 1.5 }),
      post({ ...prediction, options: { model: 'use-lite-512' } }),
      post({ ...prediction, options: undefined }),
      post({ ...prediction, tags: Array(17).fill('a') }),
      post({ ...prediction, tags: [''] }),
    ],
  },
  {
    name: 'W3',
    about: 'GET, an integer in the path, two checked query parameters',
    request: get('/items/42?limit=20&tag=flour'),
    expected: { json: { id: 42, limit: 20, tag: 'flour' } satisfies Item },
    connections: 64,
    refused: [
      get('/items/x?limit=20&tag=flour'),
      get('/items/0?limit=20&tag=flour'),
      get('/items/42?limit=101&tag=flour'),
      get('/items/42?limit=many&tag=flour'),
      get('/items/42?limit=20'),
      get('/items/42?limit=20&tag='),
    ],
  },
  {
    name: '422',
    about: 'W2 with two faults in its body',
    request: post({ ...prediction, limit: 0, tags: [''] }),
    expected: 'refused',
    connections: 64,
    refused: [],
  },
  {
    name: '50 ms',
    about: `GET, an awaited call of ${callMs} ms`,
    request: get('/wait'),
    expected: { json: { status: 'ok' } },
    connections: 200,
    refused: [],
  },
  {
    name: 'SSE',
    about: `GET, ${eventCount} server-sent events, one every ${eventEveryMs} ms`,
    request: get('/events'),
    expected: { events },
    connections: 200,
    refused: [],
  },
]

export function workload(name: Workload['name']): Workload {
  return workloads.find((one) => one.name === name) as Workload
}
