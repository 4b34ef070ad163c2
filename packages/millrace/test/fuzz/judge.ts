import { type Choice, choices } from './choices.ts'
import type { Outcome } from './outcome.ts'

/** What a comparison says: alike, not alike for a reason that we have chosen, or not alike. */
export type Verdict = 'same' | 'different' | Choice

/** Compares what Node's parser has made of some bytes with what ours has. */
export function judge(bytes: string, http: Outcome, net: Outcome): Verdict {
  const isSame =
    http.seen.length === net.seen.length &&
    isPrefix(net.seen, http.seen) &&
    http.isEnded === net.isEnded &&
    // Node closes some connections without a word.
    (http.refusal === net.refusal || http.refusal === undefined || net.refusal === undefined)
  if (isSame) return 'same'
  const isStricter = isPrefix(net.seen, http.seen) && net.isEnded
  // Of what Node has read before it stopped to, ours has to have read the same.
  const isLonger = isPrefix(http.seen, net.seen)
  const bodies = http.seen.map((seen) => (JSON.parse(seen) as { body: string }).body)
  const reason = choices.find((choice) => (isStricter || (choice.isLost && isLonger)) && choice.isAbout(bytes, bodies))
  return reason ?? 'different'
}

function isPrefix(short: readonly string[], long: readonly string[]): boolean {
  return short.every((item, index) => item === long[index])
}
