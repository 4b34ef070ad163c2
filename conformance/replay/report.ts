import { type Level, levels } from './compare.ts'
import { firstDifference } from './document.ts'
import { type AppScore, type Judged, percent, sumUp, type Tally } from './score.ts'

/** The table, one row an app, with a line for each miss below it. */
export function table(scores: readonly AppScore[]): string {
  const rows = scores.map(({ app, cases, tallies }) => [
    app,
    String(cases),
    ...levels.map((level) => cell(tallies[level])),
  ])
  const header = ['app', 'cases', ...levels]
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')
  return [line(header), ...scores.flatMap((score, index) => [line(rows[index] ?? []), ...missLines(score)])].join('\n')
}

function cell({ passed, total }: Tally): string {
  return total === 0 ? '' : `${passed}/${total}`
}

function missLines({ misses, outdated }: AppScore): string[] {
  const byCase = Map.groupBy(misses, ({ number, why }) => `case ${number}: ${why ?? 'UNEXPLAINED'}`)
  return [
    ...[...byCase].map(([text, ones]) => `    ${ones.map(({ level }) => level).join(', ')} of ${text}`),
    ...outdated.map(
      (miss) => `    OUTDATED: case ${miss.case} is explained, but is no miss at ${miss.levels.join(', ')}`,
    ),
  ]
}

/** What was expected and what came, for who mends it. */
export function particulars({ misses }: AppScore): string {
  return misses.map(particular).join('\n')
}

function particular({ app, number, level, differing }: Judged): string {
  const [first] = differing
  const transports = differing.map(({ transport }) => transport).join(', ')
  return `${app} case ${number} ${level} (${transports})\n    ${firstDifference(first?.verdict.expected, first?.verdict.got)}`
}

/** The one line at the end: `apps=82 cases=412 L1=100.0 …`. */
export function lastLine(scores: readonly AppScore[]): string {
  const sum = sumUp(scores)
  const counted: readonly Level[] = ['L1', 'L2', 'L3', 'L4', 'L5']
  const cases = scores.reduce((total, score) => total + score.cases, 0)
  return [
    `apps=${scores.length}`,
    `cases=${cases}`,
    ...counted.map((level) => `${level}=${percent(sum[level]).toFixed(1)}`),
  ].join(' ')
}
