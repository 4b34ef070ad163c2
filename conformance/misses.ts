import type { Level } from './replay/compare.ts'

/** Where a port answers otherwise than FastAPI, and why. */
export interface Miss {
  readonly app: string
  /** Its number in the recording, from 1. */
  readonly case: number
  readonly levels: readonly Level[]
  /** One line, and true. */
  readonly why: string
}

/**
 * Every miss of the replay has its line here: one without fails the run, and so does a line whose miss is mended.
 */
export const misses: readonly Miss[] = [
  {
    app: 'body.tutorial001',
    case: 17,
    levels: ['L1', 'L2'],
    why: "The recorded test had put a function that fails in place of Python's json.loads; the body itself is JSON.",
  },
  {
    app: 'custom_request_and_route.tutorial001',
    case: 3,
    levels: ['L2'],
    why: 'It tells the name of its Python class for requests; here a request is a web Request, and decompressing is an option.',
  },
  {
    app: 'using_request_directly.tutorial001',
    case: 1,
    levels: ['L2'],
    why: "The recorded address of the client, 'testclient', is that of FastAPI's test client; ours has 127.0.0.1, and none without a socket.",
  },
]
