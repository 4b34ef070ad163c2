import { setTimeout as sleep } from 'node:timers/promises'

/** What is asked of every server, and what it has to answer. */
export interface Workload {
  readonly name: 'W1' | 'W2' | 'W2 float32' | 'W3' | '422' | '50 ms' | 'SSE'
  readonly about: string
  /** Asked in turn, over and over. Their answers are of one length. */
  readonly requests: readonly Asked[]
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

/** A request of the load. */
export interface Asked extends Ask {
  /** The JSON of a 200, the text of an event stream, or `refused`: any 4xx, each framework's own. */
  readonly expected: { readonly json: unknown } | { readonly events: string } | 'refused'
}

/** The input of W2, as a client sends it. */
export interface Prediction {
  /** It begins with four digits, as no other of the load does. */
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

/** How many requests of W2 differ, and how many answers; as many with numbers of each kind. */
const differentCount = 1024

// Made once: the work of a model is not what is measured. Each answer has 64 numbers of its own, as those of a model
// have: engines keep the texts of numbers that they have written lately, and answers with the same numbers over and
// over would measure how fast these are found again.
const roundedAnswers = answersOf(roundedNumber)
const float32Answers = answersOf(float32Number)

function answersOf(numberAt: (seed: number) => number): readonly Vectors[] {
  const numbers = (seed: number) => Array.from({ length: 32 }, (_, index) => numberAt(seed * 32 + index))
  return Array.from({ length: differentCount }, (_, seed) => ({
    scores: numbers(2 * seed),
    embedding: numbers(2 * seed + 1),
  }))
}

/** Six decimals, the last of which is no zero, so that all answers are of one length: as what is rounded for an API. */
function roundedNumber(seed: number): number {
  const millionths = Math.floor((1.25 + Math.sin(seed)) * 40_000) * 10 + 1 + (seed % 9)
  return (seed % 2 === 0 ? millionths : -millionths) / 1e6
}

/** What is left of a float32 in JSON: 16 digits here, so that all answers are of one length. As a model gives them. */
function float32Number(seed: number): number {
  for (let turn = 1; ; turn++) {
    const value = Math.fround((((seed * 256 + turn) * 40_503_001) % 2 ** 32) / 2 ** 32)
    if (value > 0.1 && String(value).length === 18) return value
  }
}

/** What every handler of W2 answers. One that does not fill in the default of `limit` gives the wrong numbers. */
export function predict({ text, limit }: { readonly text: string; readonly limit: number }): Vectors {
  const at = Number(text.slice(0, 4))
  const answers = at < differentCount ? roundedAnswers : float32Answers
  return answers[(at + limit) % differentCount] as Vectors
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
  text: '0000 The water comes down the millrace, the wheel turns, and the stones grind all the corn that the village has grown: nobody waits for long, and nothing is lost on its way to the sack and the boat below.',
  options: { model: 'use-lite-512', normalize: true },
  tags: ['river', 'wheel', 'flour'],
}

function post(body: unknown): Ask {
  return { method: 'POST', path: '/predict', body: JSON.stringify(body) }
}

function get(path: string): Ask {
  return { method: 'GET', path }
}

function predictionAt(index: number): Asked {
  const text = String(index).padStart(4, '0') + prediction.text.slice(4)
  return { ...post({ ...prediction, text }), expected: { json: predict({ text, limit: 10 }) } }
}

export const workloads: readonly Workload[] = [
  {
    name: 'W1',
    about: 'GET, a JSON constant',
    requests: [{ ...get('/health'), expected: { json: { status: 'ok' } } }],
    connections: 64,
    refused: [get('/nowhere')],
  },
  {
    name: 'W2',
    about: 'POST, 300 bytes of JSON checked, 64 numbers answered',
    requests: Array.from({ length: differentCount }, (_, index) => predictionAt(index)),
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
    name: 'W2 float32',
    about: 'W2, its 64 numbers as a float32 has them',
    requests: Array.from({ length: differentCount }, (_, index) => predictionAt(differentCount + index)),
    connections: 64,
    refused: [],
  },
  {
    name: 'W3',
    about: 'GET, an integer in the path, two checked query parameters',
    requests: [
      {
        ...get('/items/42?limit=20&tag=flour'),
        expected: { json: { id: 42, limit: 20, tag: 'flour' } satisfies Item },
      },
    ],
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
    requests: [{ ...post({ ...prediction, limit: 0, tags: [''] }), expected: 'refused' }],
    connections: 64,
    refused: [],
  },
  {
    name: '50 ms',
    about: `GET, an awaited call of ${callMs} ms`,
    requests: [{ ...get('/wait'), expected: { json: { status: 'ok' } } }],
    connections: 200,
    refused: [],
  },
  {
    name: 'SSE',
    about: `GET, ${eventCount} server-sent events, one every ${eventEveryMs} ms`,
    requests: [{ ...get('/events'), expected: { events } }],
    connections: 200,
    refused: [],
  },
]

export function workload(name: Workload['name']): Workload {
  return workloads.find((one) => one.name === name) as Workload
}
