import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { dependency } from 'millrace'
import { config } from './config.ts'

const schema = readFileSync(new URL('./schema.sql', import.meta.url), 'utf8')

/** The database, open for as long as the app runs. */
export const database = dependency({ scope: 'app', deps: { config } }, function* ({ config }) {
  const opened = new DatabaseSync(config.database)
  opened.exec(schema)
  try {
    yield opened
  } finally {
    opened.close()
  }
})

/** Throws away what is there, and makes the tables anew. */
export function clear(opened: DatabaseSync): void {
  opened.exec('DROP TABLE IF EXISTS post; DROP TABLE IF EXISTS user')
  opened.exec(schema)
}
