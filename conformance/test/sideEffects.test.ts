import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { app as background001 } from '../apps/background_tasks/tutorial001.ts'
import { app as background002 } from '../apps/background_tasks/tutorial002.ts'
import { app as events001 } from '../apps/events/tutorial001.ts'
import { app as events002 } from '../apps/events/tutorial002.ts'
import { app as events003 } from '../apps/events/tutorial003.ts'
import { describePort } from './support/ports.ts'

let directory: string
const before = process.cwd()

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conformance-'))
  process.chdir(directory)
})

afterEach(() => {
  process.chdir(before)
  rmSync(directory, { recursive: true })
})

const log = () => readFileSync('log.txt', 'utf8')

describePort('background_tasks', (open) => {
  it('writes a notification after the answer', async () => {
    const ask = await open(background001)
    expect(await ask('POST', '/send-notification/foo@example.com')).toMatchObject({
      status: 200,
      json: { message: 'Notification sent in the background' },
    })
    await ask.close()
    expect(log()).toBe('notification for foo@example.com: some notification')
  })

  it('does the work of a dependency before that of the handler', async () => {
    const ask = await open(background002)
    expect(await ask('POST', '/send-notification/foo@example.com?q=some-query')).toMatchObject({
      status: 200,
      json: { message: 'Message sent' },
    })
    await ask.close()
    expect(log()).toBe('found query: some-query\nmessage to foo@example.com\n')
  })
})

describePort('events', (open) => {
  it('runs what comes before the yield when the app starts', async () => {
    const ask = await open(events001)
    expect(await ask('GET', '/items/foo')).toMatchObject({ status: 200, json: { name: 'Fighters' } })
  })

  it('runs what comes after the yield when the app stops', async () => {
    const ask = await open(events002)
    expect(await ask('GET', '/items/')).toMatchObject({ status: 200, json: [{ name: 'Foo' }] })
    expect(log).toThrow('ENOENT')
    await ask.close()
    expect(log()).toBe('Application shutdown')
  })

  it('opens what the whole app shares', async () => {
    const ask = await open(events003)
    expect(await ask('GET', '/predict?x=2')).toMatchObject({ status: 200, json: { result: 84 } })
    expect(await ask('GET', '/predict?x=half')).toMatchObject({
      status: 422,
      json: {
        detail: [
          {
            type: 'float_parsing',
            loc: ['query', 'x'],
            msg: 'Input should be a valid number, unable to parse string as a number',
            input: 'half',
          },
        ],
      },
    })
  })
})
