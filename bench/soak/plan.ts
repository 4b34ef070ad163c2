import { cachedModel, type Item, maxCost } from './items.ts'
import { randomOf } from './random.ts'

/** When a client leaves. */
export type Leaving =
  | { readonly when: 'before the body has ended' }
  | { readonly when: 'while it waits'; readonly afterMs: number }
  | { readonly when: 'in the stream'; readonly afterPieces: number }

/** One request of the soak, and what may come of it. */
export interface Request {
  readonly path: string
  readonly caller: string
  readonly body: string
  readonly tokens: readonly string[]
  readonly isStream: boolean
  readonly leaving: Leaving | undefined
  readonly statuses: readonly number[]
}

/** Full, too many of one caller, or too late: it may happen to any request. */
const refused = [429, 503, 504]
/** Its batch may have had an item that broke the model. */
const broken = 500

/** The n-th request by chance, the same for the same seed. */
export function requestOf(seed: number, index: number, models: readonly string[]): Request {
  const random = randomOf(seed * 1_000_003 + index)
  const below = (limit: number) => Math.floor(random() * limit)
  const chance = (share: number) => random() < share
  const kind = chance(0.6) ? 'run' : chance(0.5) ? 'many' : 'stream'
  const act = chance(0.03) ? 'fail' : chance(0.01) ? 'throw' : chance(0.006) ? 'die' : chance(0.004) ? 'doom' : 'none'
  const fault = chance(0.03) ? 'wrong input' : chance(0.02) ? 'too large' : undefined
  const model = models[below(models.length)] as string
  const items = Array.from({ length: kind === 'many' ? 1 + below(6) : 1 }, (_, at): Item => {
    // What is kept has to be asked for more than once.
    const token = model === cachedModel ? `often ${below(60)}` : `${index}.${at}.${below(1e9)}`
    return {
      token: fault === 'too large' ? token.padEnd(maxCost + 1, '-') : token,
      act: at === 0 ? act : 'none',
      ms: fault === 'wrong input' ? -1 : below(8),
      pieces: 1 + below(30),
    }
  })
  return {
    path: `/${model}/${kind}`,
    // The first caller is a greedy one.
    caller: chance(0.5) ? 'greedy' : `caller ${below(20)}`,
    body: JSON.stringify({ items, priority: below(5) - 2, ...(chance(0.1) ? { deadlineMs: 1 + below(60) } : {}) }),
    tokens: kind === 'stream' ? piecesOf(items[0] as Item) : items.map(({ token }) => token),
    isStream: kind === 'stream',
    leaving: chance(0.3) ? leavingOf(kind === 'stream', below) : undefined,
    statuses: statusesOf(act, fault, kind === 'stream'),
  }
}

function piecesOf({ token, pieces }: Item): string[] {
  return Array.from({ length: pieces }, (_, index) => `${token}/${index}`)
}

function leavingOf(isStream: boolean, below: (limit: number) => number): Leaving {
  const choice = below(isStream ? 3 : 2)
  if (choice === 0) return { when: 'before the body has ended' }
  if (choice === 1) return { when: 'while it waits', afterMs: below(60) }
  return { when: 'in the stream', afterPieces: 1 + below(5) }
}

function statusesOf(act: Item['act'], fault: 'wrong input' | 'too large' | undefined, isStream: boolean): number[] {
  if (fault === 'wrong input') return [422, ...refused]
  if (fault === 'too large') return [413, ...refused]
  if (act === 'fail' && !isStream) return [422, broken, ...refused]
  // Some of its batch may be through before the thread is gone, so it can be answered, too.
  return act === 'throw' && !isStream ? [broken, ...refused] : [200, broken, ...refused]
}
