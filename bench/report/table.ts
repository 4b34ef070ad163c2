/** A Markdown table whose columns stand under one another, also good to read in a terminal. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((line) => (line[column] as string).length)))
  const text = (line: readonly string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`
  return [text(head), text(widths.map((width) => '-'.repeat(width))), ...rows.map(text)].join('\n')
}
