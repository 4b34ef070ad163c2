import type { Report, Row } from '../http/report.ts'

// Plain SVG, drawn without a library: bars for each workload, the longest for the fastest. Its colours follow the
// reader's scheme where the viewer tells of one.
const width = 860
const margin = 16
const labels = 150
const barHeight = 15
const gap = 5
const titleHeight = 34
const barsEnd = width - 170
const titles: Readonly<Record<string, string>> = {
  W1: 'W1: GET, a JSON constant',
  W2: 'W2: POST, 300 bytes of JSON checked, 64 numbers of six decimals answered',
  'W2 float32': 'W2 float32: the same, with numbers of 16 digits, as models give them',
  W3: 'W3: GET, path and query parameters checked',
}
const style = `
    text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f }
    .title { font-size: 14px; font-weight: 600 }
    .quiet { fill: #57606a; stroke: #ffffff; stroke-width: 3px; paint-order: stroke }
    .bar { fill: #afb8c1 }
    .ours { fill: #0a7d55 }
    .base { stroke: #57606a; stroke-dasharray: 3 3 }
    .paper { fill: #ffffff }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .quiet { fill: #9198a1; stroke: #0d1117 }
      .bar { fill: #57606a }
      .ours { fill: #2fbf8a }
      .base { stroke: #9198a1 }
      .paper { fill: #0d1117 }
    }`

/** Requests a second of W1 to W3, and of W2 with other numbers, in relation to the hand-written server of the same rounds. */
export function chartOf(report: Report): string {
  const groups = Object.keys(titles)
    .map((workload) => report.rows.filter((row) => row.workload === workload))
    .filter((rows) => rows.length > 0)
  const longest = Math.max(1, ...groups.flat().map(({ ratio }) => ratio))
  let top = margin
  const charts = groups.map((rows) => {
    const chart = chartOfWorkload(rows, top, longest)
    top += titleHeight + rows.length * (barHeight + gap) + margin
    return chart
  })
  const unit = 'Times the requests per second of a hand-written node:http server'
  const machine = footOf(report)
  const height = top + 2 * margin
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(`${unit} · ${machine}`)}">
  <style>${style}
  </style>
  <rect class="paper" width="${width}" height="${height}" rx="6"/>
${charts.join('\n')}
  <text class="quiet" x="${margin}" y="${top + 2}">${escaped(unit)}</text>
  <text class="quiet" x="${margin}" y="${top + 2 + margin}">${escaped(machine)}</text>
</svg>
`
}

function chartOfWorkload(rows: readonly Row[], top: number, longest: number): string {
  const sorted = rows.toSorted((one, other) => other.ratio - one.ratio)
  const scale = (ratio: number) => (ratio / longest) * (barsEnd - labels)
  const bars = sorted.map(({ server, ratio, rps }, at) => {
    const y = top + titleHeight + at * (barHeight + gap)
    const base = y + barHeight - 3
    const kind = server.startsWith('millrace') ? 'ours' : 'bar'
    const value = `${ratio.toFixed(2)} · ${Math.round(rps).toLocaleString('en')}/s`
    return [
      `  <text x="${labels - 8}" y="${base}" text-anchor="end">${escaped(server)}</text>`,
      `  <rect class="${kind}" x="${labels}" y="${y}" width="${scale(ratio).toFixed(1)}" height="${barHeight}" rx="2"/>`,
      `  <text class="quiet" x="${(labels + scale(ratio) + 6).toFixed(1)}" y="${base}">${value}</text>`,
    ].join('\n')
  })
  const x = (labels + scale(1)).toFixed(1)
  const line = [top + titleHeight - 6, top + titleHeight + rows.length * (barHeight + gap)]
  return [
    `  <text class="title" x="${margin}" y="${top + 14}">${escaped(titles[sorted[0]?.workload as string] as string)}</text>`,
    `  <line class="base" x1="${x}" x2="${x}" y1="${line[0]}" y2="${line[1]}"/>`,
    ...bars,
  ].join('\n')
}

function footOf({ node, date, cpu, versions }: Report): string {
  return `Node ${node.slice(1)}${versions['bun'] ? `, Bun ${versions['bun']}` : ''}${versions['python'] ? `, Python ${versions['python']}` : ''} · ${cpu} · ${date.slice(0, 10)}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
