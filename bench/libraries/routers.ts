import FindMyWay from 'find-my-way'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import { Memoirist } from 'memoirist'
import { addRoute, createRouter, findRoute } from 'rou3'
import { compileRouter } from 'rou3/compiler'
import { Matcher } from '../../packages/millrace/src/match/matcher.ts'
import { parsePath } from '../../packages/millrace/src/plan/path.ts'
import { machine, machineLine } from '../report/machine.ts'
import { table } from '../report/table.ts'
import { versionOf } from '../report/versions.ts'
import { nanoseconds } from './nanoseconds.ts'

// How long the well-kept routers take to find a route, with its parameters, among few and many.
type Find = (path: string) => unknown
type Make = (paths: readonly string[]) => Find

const routers: Readonly<Record<string, Make>> = {
  rou3: (paths) => {
    const router = createRouter<number>()
    for (const [index, path] of paths.entries()) addRoute(router, 'GET', path, index)
    return (path) => findRoute(router, 'GET', path)
  },
  'rou3, compiled': (paths) => {
    const router = createRouter<number>()
    for (const [index, path] of paths.entries()) addRoute(router, 'GET', path, index)
    const find = compileRouter(router)
    return (path) => find('GET', path)
  },
  Millrace: (paths) => {
    const matcher = new Matcher<number>()
    for (const [index, path] of paths.entries()) matcher.add('GET', parsePath(path), index)
    return (path) => matcher.find('GET', path)
  },
  'find-my-way': (paths) => {
    const router = FindMyWay()
    for (const path of paths) router.on('GET', path, () => {})
    return (path) => router.find('GET', path)
  },
  memoirist: (paths) => {
    const router = new Memoirist<number>()
    for (const [index, path] of paths.entries()) router.add('GET', path, index)
    return (path) => router.find('GET', path)
  },
  "hono's RegExpRouter": (paths) => {
    const router = new RegExpRouter<number>()
    for (const [index, path] of paths.entries()) router.add('GET', path, index)
    return (path) => router.match('GET', path)
  },
  "hono's SmartRouter": (paths) => {
    const router = new SmartRouter<number>({ routers: [new RegExpRouter<number>(), new TrieRouter<number>()] })
    for (const [index, path] of paths.entries()) router.add('GET', path, index)
    return (path) => router.match('GET', path)
  },
}

/** Of every five: two without a parameter, two with one, one with two. */
function pathsOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const group = `/group${Math.floor(index / 5)}`
    return [group, `/all${group}`, `${group}/:id`, `${group}/:id/parts`, `${group}/:id/parts/:part`][
      index % 5
    ] as string
  })
}

/** Paths as they come off a socket: a new string each time, whose hash nobody has worked out yet. */
function askedOf(paths: readonly string[]): (count: number) => string {
  const asked = Array.from({ length: 64 }, (_, index) => paths[(index * 7919) % paths.length] as string)
  const bytes = asked.map((path) => Buffer.from(path.replace(':id', 'a81bc81b').replace(':part', '17')))
  return (count) => {
    const path = bytes[count & 63] as Buffer
    return path.toString('latin1')
  }
}

const counts = [5, 50, 500, 5_000]
const rows = Object.entries(routers).map(([name, make]) => {
  const cells = counts.map((count) => {
    const paths = pathsOf(count)
    const asked = askedOf(paths)
    const start = performance.now()
    const find = make(paths)
    find('/group0')
    const readyMs = performance.now() - start
    for (let turn = 0; turn < 64; turn++)
      if (!find(asked(turn))) throw new Error(`${name} does not find ${asked(turn)}`)
    const own = nanoseconds(asked)
    const ns = Math.max(0, nanoseconds((turn) => find(asked(turn))) - own)
    return count === counts.at(-1) ? [ns.toFixed(0), readyMs.toFixed(0)] : [ns.toFixed(0)]
  })
  console.error(`${name}: ${cells.join(', ')}`)
  return [name, ...cells.flat()]
})
const here = import.meta.dirname
const versions = ['rou3', 'find-my-way', 'memoirist', 'hono'].map((name) => `${name} ${versionOf(name, here)}`)
const head = ['ns to find one of', ...counts.map((count) => `${count} routes`), 'ms to make 5000']
console.log(`${machineLine(machine())}  \n${versions.join(', ')}\n\n${table(head, rows)}`)
