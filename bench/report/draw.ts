import { readFileSync, writeFileSync } from 'node:fs'
import { chartOf } from './chart.ts'

// Draws the chart of the last run anew: `npm run chart -w bench`.
const results = new URL('../results/', import.meta.url)
writeFileSync(new URL('chart.svg', results), chartOf(JSON.parse(readFileSync(new URL('latest.json', results), 'utf8'))))
