import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, release, type } from 'node:os'
import { dirname, join } from 'node:path'
import { hasCores } from './cores.ts'
import { connections, loadName } from './load.ts'
import type { Sample } from './measure.ts'
import { baseline, packages } from './servers.ts'

/** A median with its spread. */
export interface Figure {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** One server under one workload over all rounds. Plain numbers are medians. */
export interface Row {
  readonly workload: string
  readonly server: string
  readonly rps: number
  /** Processor time of the server for one request, in microseconds. */
  readonly usPerRequest: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Requests a second in relation to the baseline of the same round: the median of the rounds. */
  readonly ratio: number
  /** The baseline's processor time for a request in relation to this server's, of the same round. */
  readonly cpuRatio: number
  readonly spread: Readonly<Record<'rps' | 'usPerRequest' | 'ratio' | 'cpuRatio', Figure>>
}

/** A whole run. */
export interface Report {
  readonly node: string
  readonly date: string
  readonly cpu: string
  readonly system: string
  readonly load: string
  readonly rounds: number
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

export function reportOf(samples: readonly Sample[], rounds: number): Report {
  const processors = cpus()
  return {
    node: process.version,
    date: new Date().toISOString(),
    cpu: `${processors[0]?.model.trim()}, ${processors.length} cores`,
    system: `${type()} ${release()}`,
    load: `${loadName}, ${connections} connections, ${hasCores ? 'server and load on separate cores' : 'not bound to cores'}`,
    rounds,
    versions: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
    rows: rowsOf(samples),
  }
}

function rowsOf(samples: readonly Sample[]): Row[] {
  const groups = Object.groupBy(samples, ({ workload, server }) => `${workload} ${server}`)
  const rows = Object.values(groups).map((group = []): Row => {
    const paired = (of: (own: Sample, base: Sample) => number) =>
      figure(group.map((own) => of(own, baseOf(samples, own))))
    const spread = {
      rps: figure(group.map(({ rps }) => rps)),
      usPerRequest: figure(group.map(({ usPerRequest }) => usPerRequest)),
      ratio: paired((own, base) => own.rps / base.rps),
      cpuRatio: paired((own, base) => base.usPerRequest / own.usPerRequest),
    }
    const { workload, server } = group[0] as Sample
    return {
      workload,
      server,
      rps: spread.rps.median,
      usPerRequest: spread.usPerRequest.median,
      p50Ms: figure(group.map(({ p50Ms }) => p50Ms)).median,
      p99Ms: figure(group.map(({ p99Ms }) => p99Ms)).median,
      ratio: spread.ratio.median,
      cpuRatio: spread.cpuRatio.median,
      spread,
    }
  })
  return rows.sort((one, other) => one.workload.localeCompare(other.workload) || other.ratio - one.ratio)
}

function baseOf(samples: readonly Sample[], { round, workload }: Sample): Sample {
  const base = samples.find(
    (sample) => sample.server === baseline && sample.round === round && sample.workload === workload,
  )
  if (!base) throw new Error(`Round ${round} has no measurement of ${baseline} for ${workload}`)
  return base
}

export function figure(values: readonly number[]): Figure {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = (sorted.length - 1) / 2
  const median = ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2
  return { median: round(median), min: round(sorted[0] as number), max: round(sorted.at(-1) as number) }
}

/** Four digits: more would pretend an accuracy that is not there. */
function round(value: number): number {
  return Number(value.toPrecision(4))
}

/** A Markdown table, also good to read in a terminal. */
export function tableOf({ rows }: Report): string {
  const cells = rows.map(({ workload, server, rps, p50Ms, p99Ms, spread: { usPerRequest, ratio, cpuRatio } }) => [
    workload,
    server,
    String(Math.round(rps)),
    withSpread(ratio, 2),
    withSpread(usPerRequest, 1),
    cpuRatio.median.toFixed(2),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
  ])
  const head = ['', 'server', 'requests/s', 'ratio (min–max)', 'CPU µs/request', 'CPU ratio', 'p50 ms', 'p99 ms']
  const lines = [head, ...cells]
  const widths = head.map((_, column) => Math.max(3, ...lines.map((line) => (line[column] as string).length)))
  const text = (line: readonly string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`
  return [text(head), text(widths.map((width) => '-'.repeat(width))), ...cells.map(text)].join('\n')
}

function withSpread({ median, min, max }: Figure, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}

/** Where and with what a run was made. */
export function headOf({ node, date, cpu, system, load, rounds, versions }: Report): string {
  const with_ = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${date}, Node ${node}, ${cpu}, ${system}, ${rounds} rounds\n${load}\n${with_.join(', ')}`
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url)
  // Not every package exports its package.json, so it is looked for above the package's entry.
  for (let folder = dirname(require.resolve(name)); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      if (found.name === name) return found.version
    } catch {
      // None in this folder.
    }
  }
  throw new Error(`${name} is not installed`)
}
