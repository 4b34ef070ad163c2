import type { Miss } from '../misses.ts'
import { type Level, levels, type Verdict } from './compare.ts'
import type { TransportName } from './exchange.ts'
import type { Outcome } from './replay.ts'

/** Of so many comparisons, so many are alike. */
export interface Tally {
  passed: number
  total: number
}

/** One case at one level, alike over every transport or not. */
export interface Judged {
  readonly app: string
  readonly number: number
  readonly level: Level
  /** Where it is another, and how; empty where it is alike. */
  readonly differing: readonly { readonly transport: TransportName; readonly verdict: Verdict }[]
  readonly why: string | undefined
}

/** What became of one app. */
export interface AppScore {
  readonly app: string
  readonly cases: number
  readonly tallies: Readonly<Record<Level, Tally>>
  readonly misses: readonly Judged[]
  /** Lines of the list of misses that are true no more. */
  readonly outdated: readonly Miss[]
}

/** A case is alike at a level when it is so over every transport that it went over. */
export function scoreApp(app: string, outcomes: readonly Outcome[], explained: readonly Miss[]): AppScore {
  const judged = new Map<string, Judged & { differing: Judged['differing'][number][] }>()
  for (const { transport, number, verdicts } of outcomes)
    for (const verdict of verdicts) {
      const key = `${number} ${verdict.level}`
      const why = explained.find((miss) => covers(miss, app, number, verdict.level))?.why
      const known = judged.get(key) ?? { app, number, level: verdict.level, differing: [], why }
      judged.set(key, known)
      if (!verdict.passed) known.differing.push({ transport, verdict })
    }
  const all = [...judged.values()]
  const misses = all.filter(({ differing }) => differing.length > 0)
  return {
    app,
    cases: new Set(outcomes.map(({ number }) => number)).size,
    tallies: tally(all),
    misses,
    outdated: explained.filter(
      (miss) =>
        miss.app === app &&
        !miss.levels.every((level) =>
          misses.some((one) => covers(miss, app, one.number, level) && one.level === level),
        ),
    ),
  }
}

function covers(miss: Miss, app: string, number: number, level: Level): boolean {
  return miss.app === app && miss.case === number && miss.levels.includes(level)
}

function tally(all: readonly Judged[]): Record<Level, Tally> {
  const tallies = noTallies()
  for (const { level, differing } of all) {
    tallies[level].total++
    if (differing.length === 0) tallies[level].passed++
  }
  return tallies
}

function noTallies(): Record<Level, Tally> {
  return Object.fromEntries(levels.map((level) => [level, { passed: 0, total: 0 }])) as Record<Level, Tally>
}

/** Of all apps together. */
export function sumUp(scores: readonly AppScore[]): Record<Level, Tally> {
  const sum = noTallies()
  for (const { tallies } of scores)
    for (const level of levels) {
      sum[level].passed += tallies[level].passed
      sum[level].total += tallies[level].total
    }
  return sum
}

/** In hundredths, rounded down to tenths, so that 100.0 means all of them. */
export function percent({ passed, total }: Tally): number {
  return total === 0 ? 100 : Math.floor((passed / total) * 1000) / 10
}
