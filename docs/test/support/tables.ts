/** What stands first in each row of the tables of a page, without the marks of code; heads are left out. */
export function firstCells(markdown: string): string[] {
  return [...markdown.matchAll(/^\|(?! *-) ?(.*?) +\|(?!.*\n\| *-)/gm)].map(([, cell = '']) => cell.replaceAll('`', ''))
}
