import type { Seen } from './load.ts'
import type { PeersReport } from './peers.ts'
import type { ThreadsReport } from './threads.ts'

/** A whole run. */
export interface ModelsReport {
  readonly date: string
  readonly node: string
  readonly millrace: string
  readonly cpu: string
  readonly system: string
  /** The system's load when the run began: above about 0.2 for each core, other work has disturbed it. */
  readonly loadBefore: number
  readonly threads: ThreadsReport
  readonly peers: PeersReport
}

/** The tables of a run, in Markdown. */
export function reportOf({ threads, peers, ...head }: ModelsReport): string {
  const { date, node, millrace, cpu, system, loadBefore } = head
  return [
    `${date}, Node ${node}, millrace ${millrace}, ${cpu}, ${system}; load of other work before: ${loadBefore.toFixed(1)}`,
    `### A model in a worker thread\n\n${bars(threads)}`,
    `### Overload\n\n${overload(threads.overload)}`,
    `### Side by side\n\n${sideBySide(peers)}`,
  ].join('\n\n')
}

function bars({ batching, saturation, idleCpuPercent, overload, disconnects }: ThreadsReport): string {
  const { medianRatio, rounds, direct, http, addedP50Ms } = batching
  const worst = (of: 'p99Ms' | 'refusedP99Ms') => Math.max(...overload.levels.map((level) => level[of]))
  const limitMs = 2 * overload.unloadedP99Ms + overload.deadlineMs
  const each = rounds.map((round) => (round.httpPerSecond / round.directPerSecond).toFixed(2)).join(', ')
  return table(
    ['what', 'bar', 'measured', ''],
    [
      [
        '64 single requests through HTTP ÷ full batches directly',
        '≥ 0.9',
        `${medianRatio.toFixed(2)} (${each})`,
        medianRatio >= 0.9,
      ],
      [
        'added to a direct call in the worker at low load, p50',
        '≤ 1 ms',
        `${addedP50Ms.toFixed(2)} ms (${http.p50Ms.toFixed(2)} to ${direct.p50Ms.toFixed(2)})`,
        addedP50Ms <= 1,
      ],
      [
        '`/livez` p99 while the model saturates',
        '< 10 ms',
        `${saturation.livezP99Ms.toFixed(1)} ms`,
        saturation.livezP99Ms < 10,
      ],
      ['CPU when idle', '≈ 0', `${idleCpuPercent.toFixed(1)} %`, idleCpuPercent < 1],
      [
        'p99 of accepted requests under overload',
        `≤ ${limitMs.toFixed(0)} ms`,
        `${worst('p99Ms').toFixed(0)} ms`,
        worst('p99Ms') <= limitMs,
      ],
      ['time to refuse, p99', '≤ 5 ms', `${worst('refusedP99Ms').toFixed(1)} ms`, worst('refusedP99Ms') <= 5],
      [
        'jobs begun after their client had left ÷ left',
        '0',
        `${disconnects.begun} ÷ ${disconnects.left}`,
        disconnects.begun === 0,
      ],
    ].map((row) => row.map((cell) => (typeof cell === 'boolean' ? (cell ? 'met' : '**missed**') : cell))),
  )
}

function overload({
  levels,
  capacityPerSecond,
  capacityPerCpuSecond,
  unloadedP99Ms,
}: ThreadsReport['overload']): string {
  const rows = levels.map((level) => [
    `${level.times}×`,
    level.acceptedPerSecond.toFixed(0),
    level.acceptedPerCpuSecond.toFixed(0),
    level.p50Ms.toFixed(0),
    level.p99Ms.toFixed(0),
    `${((100 * level.refused) / level.sent).toFixed(0)} %`,
    level.refusedP50Ms.toFixed(1),
    level.refusedP99Ms.toFixed(1),
    `${level.late} / ${level.failed}`,
    level.rssGrowthMb.toFixed(0),
    level.recoveryMs.toFixed(0),
    loadOf(level),
  ])
  const head = [
    'load',
    'goodput/s',
    'goodput per CPU s',
    'p50 ms',
    'p99 ms',
    'refused',
    'refuse p50 ms',
    'refuse p99 ms',
    'late / failed',
    'RSS + MB',
    'recovery ms',
    'load: CPU, sent late p99',
  ]
  return `Capacity ${capacityPerSecond.toFixed(0)}/s, ${capacityPerCpuSecond.toFixed(0)} for each CPU second of the server; p99 at a tenth of it ${unloadedP99Ms.toFixed(1)} ms.\n\n${table(head, rows)}`
}

/** What the load itself took, and could not do in time: beyond some milliseconds it is what was measured. */
function loadOf({ loadCpuPercent, sentLateP99Ms }: Seen): string {
  return `${loadCpuPercent.toFixed(0)} %, ${sentLateP99Ms.toFixed(1)} ms`
}

function sideBySide({ rows, skipped, versions }: PeersReport): string {
  const head = [
    'server',
    'req/s',
    'CPU ms/request',
    'p50 ms',
    'p99 ms',
    'low load p50 ms',
    '2×: goodput/s',
    '2×: p99 ms',
    '2×: refused',
    '2×: late or failed',
    '2×: load: CPU, sent late p99',
    'RSS MB',
    'begun after leaving',
    'finished after leaving',
  ]
  const cells = rows.map(
    ({ server, perSecond, cpuMsPerRequest, p50Ms, p99Ms, lowLoadP50Ms, overload, rssMb, disconnects }) => [
      server,
      perSecond.toFixed(0),
      cpuMsPerRequest.toFixed(2),
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
      lowLoadP50Ms.toFixed(1),
      overload.acceptedPerSecond.toFixed(0),
      overload.p99Ms.toFixed(0),
      `${((100 * overload.refused) / overload.sent).toFixed(0)} %`,
      String(overload.failed + overload.late),
      loadOf(overload),
      rssMb.toFixed(0),
      `${disconnects.begun} of ${disconnects.left}`,
      `${disconnects.finished} of ${disconnects.left}`,
    ],
  )
  const with_ = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [with_.join(', '), table(head, cells), ...skipped.map((why) => `Skipped: ${why}`)].filter(Boolean).join('\n\n')
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
