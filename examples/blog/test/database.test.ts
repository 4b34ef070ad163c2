import type { DatabaseSync } from 'node:sqlite'
import { runCommand } from 'millrace/testing'
import { expect, it } from 'vitest'
import { app, initDb } from '../app.ts'
import { config } from '../config.ts'
import { database } from '../database.ts'

it('is closed with the app', async () => {
  const own = app.with({ overrides: [[config, () => ({ secretKey: 'dev', database: ':memory:' })]] })
  let opened: DatabaseSync | undefined
  own.get('/peek', { deps: { database } }, ({ database }) => {
    opened = database
    return database.prepare('SELECT count(*) AS users FROM user').get()
  })
  expect(await (await own.request('/peek')).json()).toEqual({ users: 0 })
  await own.stop()
  expect(() => opened?.prepare('SELECT 1')).toThrow('database is not open')
})

it('is made anew by a command', async () => {
  const own = app.with({ overrides: [[config, () => ({ secretKey: 'dev', database: ':memory:' })]] })
  const { output } = await runCommand(own, initDb)
  expect(output).toBe('Initialized the database.\n')
})
