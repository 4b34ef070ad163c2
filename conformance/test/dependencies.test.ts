import { expect, it } from 'vitest'
import { Session as Session007, app as tutorial007 } from '../apps/dependencies/tutorial007.ts'
import { Session as Session010, app as tutorial010 } from '../apps/dependencies/tutorial010.ts'
import { app as tutorial013 } from '../apps/dependencies/tutorial013.ts'
import { app as tutorial014 } from '../apps/dependencies/tutorial014.ts'
import { describePort } from './support/ports.ts'

describePort('dependencies.tutorial007', (open) => {
  it('closes the session after the answer', async () => {
    const ask = await open(tutorial007)
    expect(await ask('GET', '/items/')).toMatchObject({ status: 200, json: { is_open: true } })
    await ask.close()
    expect(Session007.opened.at(-1)?.isOpen).toBe(false)
  })

  it('closes it after a failure as well', async () => {
    const ask = await open(tutorial007)
    expect(await ask('POST', '/items/')).toMatchObject({ status: 500, text: 'Internal Server Error' })
    await ask.close()
    expect(Session007.opened.at(-1)?.isOpen).toBe(false)
  })
})

describePort('dependencies.tutorial010', (open) => {
  it('disposes of what says itself how it is closed', async () => {
    const ask = await open(tutorial010)
    expect(await ask('GET', '/items/')).toMatchObject({ status: 200, json: { is_open: true } })
    await ask.close()
    expect(Session010.opened.at(-1)?.isOpen).toBe(false)
  })
})

describePort('dependencies.tutorial013', (open) => {
  it('keeps the session open until the stream has ended', async () => {
    const ask = await open(tutorial013)
    const { status, text } = await ask('GET', '/generate?user_id=1')
    expect([status, text]).toEqual([200, 'R open\ni open\nc open\nk open\n'])
  })

  it('refuses who is not known', async () => {
    const ask = await open(tutorial013)
    expect(await ask('GET', '/generate?user_id=2')).toMatchObject({ status: 403, json: { detail: 'Not authorized' } })
  })
})

describePort('dependencies.tutorial014', (open) => {
  it('streams without the session that it has closed', async () => {
    const ask = await open(tutorial014)
    const { status, text } = await ask('GET', '/generate?user_id=1')
    expect([status, text]).toEqual([200, 'R closed\ni closed\nc closed\nk closed\n'])
  })
})
