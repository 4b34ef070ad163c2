import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const entry = fileURLToPath(new URL('../fixtures/models/shared.app.ts', import.meta.url))

let url = ''
let primary: ReturnType<typeof spawn>

beforeAll(async () => {
  const args = [
    '--conditions=millrace-source',
    cli,
    'start',
    entry,
    '--workers',
    '2',
    '--host',
    '127.0.0.1',
    '--port',
    '0',
  ]
  primary = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: primary.stdout as NodeJS.ReadableStream })) {
    const found = /http:\/\/\S+?:\d+/.exec(line)
    if (!found) continue
    url = found[0]
    break
  }
})

afterAll(async () => {
  const exited = once(primary, 'exit')
  primary.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
})

/** A connection of its own, so that another worker may take it. */
const ask = (path: string, init: RequestInit = {}) =>
  fetch(url + path, { ...init, headers: { connection: 'close', 'content-type': 'application/json' } })
const shout = (word: string) => ask('/shout', { method: 'POST', body: JSON.stringify(word) })

/** Items that the model has taken on and not answered. */
const running = async () => {
  const { models } = (await (await ask('/models')).json()) as { models: { running: number }[] }
  return models[0]?.running
}

it('has one copy of each model for all processes', async () => {
  const http = new Set<number>()
  const models = new Set<number>()
  for (let index = 0; index < 40 && http.size < 2; index++) {
    const pids = (await (await ask('/pids')).json()) as { http: number; model: number }
    http.add(pids.http)
    models.add(pids.model)
  }
  expect(http.size).toBe(2)
  expect([...models]).toEqual([primary.pid])
})

it('answers, streams, and passes errors on', async () => {
  const good = await shout('hello')
  expect([good.status, await good.json()]).toEqual([200, 'HELLO'])
  expect(good.headers.get('x-inference-time')).toMatch(/^\d+\.\d$/)
  const bad = await shout('fail')
  expect([bad.status, await bad.json()]).toMatchObject([422, { code: 'bad_word', detail: 'this word fails' }])
  const broken = await shout('throw')
  expect(broken.status).toBe(500)
  const spelt = await ask('/spell?word=a+word+longer+than+the+window')
  expect(spelt.headers.get('x-inference-time')).toMatch(/^\d+\.\d$/)
  expect(await spelt.text()).toBe(
    [...'A WORD LONGER THAN THE WINDOW'].map((letter) => `data: "${letter}"\n\n`).join(''),
  )
})

it('keeps tensors, and the classes and codes of errors, on the way between processes', async () => {
  expect(await (await ask('/tensors')).json()).toEqual({ isTensor: [true, true], data: [4, 8] })
  const errors = (await (await ask('/errors')).json()) as { name: string; code: string; isIt: boolean }[]
  expect(errors).toMatchObject([
    { name: 'QueueFullError', code: 'queue_full', isIt: true, retryAfterMs: expect.any(Number) },
    { name: 'CallerLimitError', code: 'caller_limit', isIt: true },
    { name: 'TooManyItemsError', code: 'too_many_items', isIt: true },
    { name: 'DeadlineError', code: 'deadline_passed', isIt: true },
    { name: 'ModelError', code: 'model_failed', isIt: true, thrownIn: 'words.model' },
  ])
})

it('logs what a whole batch has come to once, where the model is, and not for each request', async () => {
  expect(await (await ask('/logged')).json()).toEqual({ statuses: [500, 500, 500], lines: [] })
})

it('fails the call alone whose result cannot leave the process with the models', async () => {
  expect([(await ask('/bound/function')).status, await (await ask('/bound/word')).text()]).toEqual([500, 'word'])
  expect(await (await ask('/bound')).text()).toMatch(/^data: "a"\n\nevent: error\n/)
  const pids = (await (await ask('/pids')).json()) as { model: number }
  expect(pids.model).toBe(primary.pid)
})

it('swaps versions by name, for all processes at once', async () => {
  const http = new Set<number>()
  const made = async () => {
    const answer = (await (await ask('/made')).json()) as { http: number; item: string }
    http.add(answer.http)
    return answer.item
  }
  const swap = async (version: string) => (await ask(`/made/${version}`, { method: 'POST' })).text()
  expect(await made()).toBe('flour by one')
  expect(await swap('two')).toBe('swapped')
  const after = new Set<string>()
  while (http.size < 2) after.add(await made())
  expect([...after]).toEqual(['flour by two'])
  expect(await swap('broken')).toMatch(/the weights cannot be read/)
  expect(await swap('three')).toMatch(/The model 'made' has no version 'three' among its `versions`: one, two, broken/)
  expect(await swap('unnamed')).toMatch(
    /^The model 'made' is shared by several processes, and a runtime cannot be told/,
  )
  expect(await made()).toBe('flour by two')
})

it('lists models as they are now, whichever process is asked', async () => {
  const done = async () => {
    const { models } = (await (await ask('/models')).json()) as { models: { name: string; done: number }[] }
    return models.find(({ name }) => name === 'shout')?.done ?? Number.NaN
  }
  const before = await done()
  for (const count of [1, 2, 3]) {
    await shout('hello')
    expect(await done()).toBe(before + count)
  }
})

it('tells a status as it is now, in each of the processes, and gives it to Prometheus', async () => {
  const statusOf = async () => (await (await ask('/status')).json()) as { pid: number; state: string; done: number }
  const { done } = await statusOf()
  const asked = new Set<number>()
  let count = 0
  while (asked.size < 2) {
    count++
    await shout('hello')
    const status = await statusOf()
    expect(status).toMatchObject({ state: 'ready', done: done + count })
    expect(await (await ask('/metrics')).text()).toContain(
      `\nmillrace_model_items_total{model="shout",ending="done"} ${done + count}\n`,
    )
    asked.add(status.pid)
  }
  expect((await ask('/readyz')).status).toBe(200)
})

it('counts the items of a caller that only the handler knows', async () => {
  const callers = (...items: string[]) => ask('/callers', { method: 'POST', body: JSON.stringify(items) })
  expect((await callers('ada', '2')).status).toBe(200)
  const tooMany = await callers('ada', '2', '3')
  expect([tooMany.status, await tooMany.json()]).toMatchObject([413, { code: 'too_many_items' }])
})

it('gives up what a client that left had asked for', async () => {
  const controller = new AbortController()
  const left = fetch(`${url}/shout`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '"wait"',
    signal: controller.signal,
  }).catch(() => 'gone')
  await expect.poll(running).toBe(1)
  controller.abort()
  expect(await left).toBe('gone')
  // The only lane is free once the model has heard that nobody waits any more.
  expect(await (await shout('next')).json()).toBe('NEXT')
})

it('frees what killed processes had asked for', async () => {
  const http = new Set<number>()
  while (http.size < 2) http.add(((await (await ask('/pids')).json()) as { http: number }).http)
  const left = shout('wait').catch(() => 'gone')
  await expect.poll(running).toBe(1)
  for (const pid of http) process.kill(pid, 'SIGKILL')
  expect(await left).toBe('gone')
  // New processes find the only lane free again.
  const again = () => shout('next').then((response) => response.json())
  await expect.poll(() => again().catch(() => 'not yet'), { timeout: 40_000 }).toBe('NEXT')
}, 60_000)

it('closes connections that no killed process had taken', async () => {
  let isOver = false
  const ends: string[] = []
  const askOften = async () => {
    while (!isOver)
      ends.push(
        await new Promise<string>((resolve) => {
          const asked = request(`${url}/models`, { agent: false, timeout: 15_000 }, (response) => {
            response.resume().on('close', () => resolve(response.complete ? 'answered' : 'closed'))
          })
          asked.on('timeout', () => {
            resolve('left waiting')
            asked.destroy()
          })
          asked.on('error', () => resolve('closed'))
          asked.end()
        }),
      )
  }
  const http = new Set<number>()
  while (http.size < 2) {
    const answer = await ask('/pids')
    const { http: pid } = (await answer.json()) as { http: number }
    // One that has just started answers with 503.
    if (answer.ok) http.add(pid)
  }
  const asking = [askOften(), askOften(), askOften()]
  await expect.poll(() => ends.length).toBeGreaterThan(10)
  const before = ends.length
  for (const pid of http) process.kill(pid, 'SIGKILL')
  // Each of them has had an answer from the new processes, or has been left waiting, by then.
  await expect.poll(() => ends.slice(before).lastIndexOf('answered'), { timeout: 40_000 }).toBeGreaterThan(30)
  isOver = true
  await Promise.all(asking)
  expect(ends.filter((end) => end === 'left waiting')).toEqual([])
}, 60_000)

it('waits no longer than the deadline for a process that does not answer, and not at all for one that has gone', async () => {
  const child = fork(new URL('../fixtures/models/withoutHost.ts', import.meta.url), {
    env: { ...process.env, MILLRACE_MODEL_HOST: '1' },
    execArgv: ['--conditions=millrace-source'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const [output] = await Promise.all([child.stdout?.toArray(), once(child, 'exit')])
  const late = [504, 'deadline_passed']
  const gone = [503, 'model_unavailable']
  expect(JSON.parse(String(output?.join('')))).toEqual({ silent: [late, late], gone: [gone, gone] })
}, 20_000)
