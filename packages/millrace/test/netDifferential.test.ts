import { describe, expect, it, onTestFinished } from 'vitest'
import { choices } from './fuzz/choices.ts'
import { corpus } from './fuzz/corpus.ts'
import { compare, fuzz } from './fuzz/fuzz.ts'
import { observe } from './fuzz/outcome.ts'
import { closePair, startPair, startTarget } from './fuzz/target.ts'
import { failOnFaults } from './support/faults.ts'

failOnFaults()

const latin1 = (bytes: string) => Buffer.from(bytes, 'latin1')

/** Cases that we read otherwise than Node on purpose, and why; everything else has to be read alike. */
const chosen: Readonly<Record<string, string>> = {
  'HTTP/1.0, kept alive and closed': 'close and keep-alive',
  'a length of 17 digits': 'length',
  'gzip before chunks': 'transfer coding',
  'two codings, the other way': 'transfer coding',
  'chunks in HTTP/1.0': 'chunks in HTTP/1.0',
  'a chunk size with many zeros': 'chunk size',
  'an extension without a value': 'chunk extension',
  'a long extension': 'chunk extension',
  'extensions without end': 'large head',
  'empty lines before': 'empty lines',
  'bare LFs before': 'empty lines',
  'a bare CR before': 'empty lines',
  'a Host with a path': 'Host',
  'a Host with a user': 'Host',
  'a Host with a space': 'Host',
  'too many headers': 'large head',
  'two spaces': 'request line',
  'two spaces after the target': 'request line',
  'no version': 'request line',
  'HTTP/2.0': 'request line',
  'HTTP/0.9 in words': 'request line',
  RTSP: 'request line',
  'a fragment': 'fragment',
  'a star for GET': 'star',
  'another scheme': 'absolute form',
  'an upgrade': 'Upgrade',
}

describe('the net transport beside the one of Node', () => {
  it('reads the corpus alike, but for what is listed', async () => {
    const pair = await startPair()
    onTestFinished(() => closePair(pair))
    const found: Record<string, string> = {}
    for (const { name, bytes } of corpus) {
      const verdict = await compare(pair, bytes, { packets: [latin1(bytes)] })
      if (verdict !== 'same') found[name] = typeof verdict === 'string' ? verdict : verdict.name
    }
    expect(found).toEqual(chosen)
  })

  it('has a use for every choice that is listed', () => {
    const used = new Set(Object.values(chosen))
    // Those that only chance comes upon: a bad head before a good one, a bad field after chunks.
    const rare = ['no Host', 'two Hosts', 'trailer']
    expect(choices.map(({ name }) => name).filter((name) => !used.has(name) && !rare.includes(name))).toEqual([])
  })

  it('reads what chance has made of the corpus alike', async () => {
    const { cases, differences, stricter } = await fuzz(1, (count) => count < 2_000)
    expect(differences).toEqual([])
    expect(cases).toBe(2_000)
    expect(stricter).toBeGreaterThan(20)
  }, 60_000)
})

describe('the net transport by itself', () => {
  it('reads bytes alike in whatever two packets they come', async () => {
    const targets = await Promise.all(Array.from({ length: 32 }, () => startTarget('net')))
    onTestFinished(() => Promise.all(targets.map((target) => target.close())).then(() => undefined))
    const short = corpus.filter(({ bytes }) => bytes.length <= 110)
    const differences: string[] = []
    const lane = async (target: (typeof targets)[number]) => {
      for (let one = short.pop(); one; one = short.pop()) {
        const { name, bytes } = one
        const whole = await observe(target, { packets: [latin1(bytes)] })
        for (let at = 1; at < bytes.length; at++) {
          const split = await observe(target, { packets: [latin1(bytes.slice(0, at)), latin1(bytes.slice(at))] })
          // A bad request gets an answer of its own where all before it have been answered: `refusal` may differ.
          const isAlike = JSON.stringify(split.seen) === JSON.stringify(whole.seen) && split.isEnded === whole.isEnded
          if (!isAlike) differences.push(`${name}, split at ${at}: ${JSON.stringify({ whole, split })}`)
        }
      }
    }
    await Promise.all(targets.map(lane))
    expect(differences).toEqual([])
  }, 60_000)

  it('reads bytes alike when they come one by one', async () => {
    const target = await startTarget('net')
    onTestFinished(() => target.close())
    for (const name of ['three, with bodies', 'chunk extensions', 'trailers', 'a GET with headers']) {
      const bytes = corpus.find((one) => one.name === name)?.bytes ?? expect.unreachable()
      const whole = await observe(target, { packets: [latin1(bytes)] })
      expect(whole.seen.length).toBeGreaterThan(0)
      expect(await observe(target, { packets: [...bytes].map(latin1) })).toEqual(whole)
    }
  })
})
