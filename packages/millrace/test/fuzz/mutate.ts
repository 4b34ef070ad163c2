import { compose } from './compose.ts'
import { corpus } from './corpus.ts'
import type { Random } from './random.ts'

/** What parsers trip over. */
const fragments = [
  '\r\n', '\n', '\r', '\r\n\r\n', ' ', '\t', '\0', '\x0b', '\x0c', '\x7f', '\x80', '\xff', ':', ';', ',', '=', '"', '\\',
  '/', '*', '#', '?', '%', '@', '0', '1', 'a', 'f', '-', '+', '0x', '00', 'FFFFFFFF', 'GET ', 'POST ', ' HTTP/1.1', ' HTTP/1.0',
  'Host: a\r\n', 'Host: b\r\n', 'Content-Length: 3\r\n', 'Content-Length: 0\r\n', 'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n', 'Connection: keep-alive\r\n', 'Expect: 100-continue\r\n', 'X: y\r\n', '0\r\n\r\n', '3\r\nabc\r\n',
  'http://a', 'chunked', 'identity', '\r\n ', '\r\n\t', ' :', 'Upgrade: websocket\r\n', 'Connection: upgrade\r\n', 'a:80', '3;a="b c"\r\n', 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n',
] as const // biome-ignore format: one a line would be a page

const mutations: readonly ((bytes: string, random: Random) => string)[] = [
  function insert(bytes, random) {
    const at = random.below(bytes.length + 1)
    return bytes.slice(0, at) + random.of(fragments) + bytes.slice(at)
  },
  function replace(bytes, random) {
    const at = random.below(bytes.length + 1)
    return bytes.slice(0, at) + random.of(fragments) + bytes.slice(at + 1)
  },
  function anyOctet(bytes, random) {
    const at = random.below(bytes.length + 1)
    return bytes.slice(0, at) + String.fromCharCode(random.below(256)) + bytes.slice(at + 1)
  },
  function cut(bytes, random) {
    const at = random.below(bytes.length + 1)
    return bytes.slice(0, at) + bytes.slice(at + 1 + random.below(8))
  },
  function repeat(bytes, random) {
    const at = random.below(bytes.length + 1)
    const end = at + random.below(40)
    return bytes.slice(0, end) + bytes.slice(at)
  },
  function repeatLine(bytes, random) {
    const lines = bytes.split('\r\n')
    const at = random.below(lines.length)
    return lines.toSpliced(random.below(lines.length), 0, lines[at] as string).join('\r\n')
  },
  function append(bytes, random) {
    return bytes + another(random)
  },
  function splice(bytes, random) {
    const other = another(random)
    return bytes.slice(0, random.below(bytes.length + 1)) + other.slice(random.below(other.length + 1))
  },
  function changeCase(bytes, random) {
    const at = random.below(bytes.length + 1)
    const end = at + random.below(20)
    const part = bytes.slice(at, end)
    return bytes.slice(0, at) + (random.below(2) === 0 ? part.toUpperCase() : part.toLowerCase()) + bytes.slice(end)
  },
]

/** Long ones say little, and take long. */
const seeds = corpus.map(({ bytes }) => bytes).filter(({ length }) => length < 2_000)

function another(random: Random): string {
  return random.of(seeds)
}

/** One of the corpus, or one put together, changed here and there. Latin-1: one character an octet. */
export function mutate(random: Random): string {
  const isComposed = random.below(2) === 0
  let bytes = isComposed ? compose(random) : another(random)
  // What is put together has faults of its own, or has one more.
  for (let count = isComposed ? random.below(2) : 1 + random.below(4); count > 0; count--) {
    const mutation = mutations[random.below(mutations.length)] as (typeof mutations)[number]
    bytes = mutation(bytes, random)
  }
  // Case changes can lead out of Latin-1: ÿ has a capital of its own, elsewhere.
  return Buffer.from(bytes, 'latin1').toString('latin1')
}

/** The bytes whole, or in two to four packets. */
export function packetsOf(bytes: string, random: Random): Buffer[] {
  const cuts =
    random.below(2) === 0 ? [] : Array.from({ length: 1 + random.below(3) }, () => random.below(bytes.length + 1))
  const ends = [...cuts.sort((one, other) => one - other), bytes.length]
  return ends
    .map((end, index) => Buffer.from(bytes.slice(index === 0 ? 0 : ends[index - 1], end), 'latin1'))
    .filter(({ length }) => length > 0)
}
