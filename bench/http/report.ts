import { type Figure, figure, withSpread } from '../report/figure.ts'
import { type Machine, machineLine } from '../report/machine.ts'
import { table } from '../report/table.ts'
import type { Sample } from './measure.ts'
import { baseline } from './servers.ts'

/** One server under one workload over its rounds. Plain numbers are medians. */
export interface Row {
  readonly workload: string
  readonly server: string
  readonly rounds: number
  /** Requests a second; of the workload SSE, events. */
  readonly rps: number
  /** Processor time of the server for one request, or one event, in microseconds. */
  readonly usPerRequest: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Requests a second in relation to the baseline of the same round: the median of the rounds. */
  readonly ratio: number
  /** The baseline's processor time for a request in relation to this server's, of the same round. */
  readonly cpuRatio: number
  /** Memory before any load, and after it. */
  readonly idleMb: number
  readonly loadedMb: number
  readonly spread: Readonly<Record<'rps' | 'usPerRequest' | 'ratio' | 'cpuRatio', Figure>>
}

/** A whole run. */
export interface Report extends Machine {
  readonly command: string
  readonly load: string
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

/** `samples` in the order in which they were taken. */
export function rowsOf(samples: readonly Sample[]): Row[] {
  const groups = Map.groupBy(samples, ({ workload, server }) => `${workload} ${server}`)
  const order = [...new Set(samples.map(({ workload }) => workload))].toSorted()
  const rows = [...groups.values()].map((group): Row => {
    const each = (of: (own: Sample) => number) => figure(group.map(of))
    const { workload, server } = group[0] as Sample
    const spread = {
      rps: each(({ rps }) => rps),
      usPerRequest: each(({ usPerRequest }) => usPerRequest),
      ratio: each((own) => own.rps / baseOf(samples, own, 'rps')),
      cpuRatio: each((own) => baseOf(samples, own, 'usPerRequest') / own.usPerRequest),
    }
    return {
      workload,
      server,
      rounds: new Set(group.map(({ round }) => round)).size,
      rps: spread.rps.median,
      usPerRequest: spread.usPerRequest.median,
      p50Ms: each(({ p50Ms }) => p50Ms).median,
      p99Ms: each(({ p99Ms }) => p99Ms).median,
      ratio: spread.ratio.median,
      cpuRatio: spread.cpuRatio.median,
      idleMb: each(({ idleMb }) => idleMb).median,
      loadedMb: each(({ loadedMb }) => loadedMb).median,
      spread,
    }
  })
  return rows.sort(
    (one, other) =>
      order.indexOf(one.workload as Sample['workload']) - order.indexOf(other.workload as Sample['workload']) ||
      other.cpuRatio - one.cpuRatio,
  )
}

/** The baseline beside a sample: the mean of the last one before it and the first one after it, of the same round. */
function baseOf(samples: readonly Sample[], own: Sample, of: 'rps' | 'usPerRequest'): number {
  if (own.server === baseline) return own[of]
  const at = samples.indexOf(own)
  const isBase = ({ server, round, workload }: Sample) =>
    server === baseline && round === own.round && workload === own.workload
  const beside = [samples.slice(0, at).findLast(isBase), samples.slice(at).find(isBase)].filter((base) => !!base)
  if (beside.length === 0) throw new Error(`Round ${own.round} has no measurement of ${baseline} for ${own.workload}`)
  return beside.reduce((total, base) => total + base[of], 0) / beside.length
}

/** The Markdown tables of a run: one for each workload. */
export function tablesOf({ rows }: Report): string {
  const head = [
    'server',
    'requests/s',
    'ratio (min–max)',
    'CPU µs',
    'CPU ratio (min–max)',
    'p99 ms',
    'idle MB',
    'loaded MB',
  ]
  return [...Map.groupBy(rows, ({ workload }) => workload)]
    .map(([workload, group]) => `### ${workload}\n\n${table(head, group.map(cellsOf))}`)
    .join('\n\n')
}

function cellsOf({ server, rps, p99Ms, idleMb, loadedMb, spread }: Row): string[] {
  return [
    server,
    String(Math.round(rps)),
    withSpread(spread.ratio, 2),
    withSpread(spread.usPerRequest, 1),
    withSpread(spread.cpuRatio, 2),
    p99Ms.toFixed(1),
    idleMb.toFixed(0),
    loadedMb.toFixed(0),
  ]
}

/** Where and with what a run was made. */
export function headOf({ versions, load, command, ...machine }: Report): string {
  const with_ = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `\`${command}\`  \n${machineLine(machine)}  \n${load}  \n${with_.join(', ')}`
}
