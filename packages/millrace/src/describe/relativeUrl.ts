/** The way from one path to another, so that links hold wherever a proxy puts the app. */
export function relativeUrl(from: string, to: string): string {
  const start = from.split('/').slice(1, -1)
  const end = to.split('/').slice(1)
  let common = 0
  while (common < start.length && common < end.length - 1 && start[common] === end[common]) common++
  const up = '../'.repeat(start.length - common)
  return (up || './') + end.slice(common).join('/')
}
