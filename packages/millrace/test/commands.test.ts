import { App, dependency, StartupError } from 'millrace'
import { contextValue } from 'millrace/context'
import { httpBearer } from 'millrace/security'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'

function makeApp() {
  const trace: string[] = []
  const app = new App({ logger: false })
  app.lifespan(async function* () {
    trace.push('lifespan opens')
    yield
    trace.push('lifespan closes')
  })
  const pool = dependency({ scope: 'app' }, async function* () {
    trace.push('pool opens')
    yield 'pool'
    trace.push('pool closes')
  })
  const model = dependency({ scope: 'app' }, () => {
    trace.push('model loads')
    return 'model'
  })
  const db = dependency({ deps: { pool } }, async function* ({ pool }) {
    trace.push('db opens')
    yield `db of ${pool}`
    trace.push('db closes')
  })
  app.get('/model', { deps: { model } }, ({ model }) => model)
  return { app, trace, db, pool }
}

describe('a command of an app', () => {
  it('runs within the lifespans, with what it needs alone', async () => {
    const { app, trace, db } = makeApp()
    const seed = app.command('seed', { deps: { db } }, async ({ db, after, print, id, log }) => {
      after(() => trace.push('work'))
      print(`seeds ${db}`)
      return [typeof id, typeof log.info]
    })
    const printed: string[] = []
    expect(await app.runCommand(seed, [], { print: (text) => printed.push(text) })).toEqual(['string', 'function'])
    expect((await app.request('/model')).status).toBe(503)
    await app.stop()
    expect(printed).toEqual(['seeds db of pool'])
    expect(trace).toEqual([
      'lifespan opens',
      'pool opens',
      'db opens',
      'work',
      'db closes',
      'pool closes',
      'lifespan closes',
    ])
  })

  it('runs in an app that serves, and opens what is not open', async () => {
    const { app, trace, db, pool } = makeApp()
    const seed = app.command('seed', { deps: { db } }, () => 'done')
    const other = app.command('other', { deps: { pool } }, ({ pool }) => pool)
    await app.start()
    expect(await Promise.all([app.runCommand(seed, []), app.runCommand(other, [])])).toEqual(['done', 'pool'])
    expect(await (await app.request('/model')).text()).toBe('model')
    await app.stop()
    expect(trace.filter((line) => line === 'pool opens' || line === 'pool closes')).toEqual([
      'pool opens',
      'pool closes',
    ])
  })

  it('takes overrides, and has a context', async () => {
    const { app, db } = makeApp()
    const actor = contextValue<string>('actor')
    const who = () => actor.get()
    const seed = app.command('db:seed', { deps: { db } }, ({ db }) => {
      actor.set('command')
      return `${db} by ${who()}`
    })
    const test = app.with({ overrides: [[db, () => 'fake']] })
    expect(await test.runCommand(seed, [])).toBe('fake by command')
    await test.stop()
  })

  it('that fails rolls back, and throws what it threw', async () => {
    const { app, trace, db } = makeApp()
    const fails = app.command('fails', { deps: { db } }, async ({ after }) => {
      after(() => trace.push('work'))
      throw new RangeError('no')
    })
    await expect(app.runCommand(fails, [])).rejects.toThrow(new RangeError('no'))
    await app.stop()
    expect(trace).not.toContain('work')
    expect(trace).toContain('pool closes')
  })

  it('is told when it is to end', async () => {
    const { app } = makeApp()
    const controller = new AbortController()
    const waits = app.command('waits', ({ signal }) => {
      const aborted = Promise.withResolvers<string>()
      signal.addEventListener('abort', () => aborted.resolve('aborted'))
      controller.abort()
      return aborted.promise
    })
    expect(await app.runCommand(waits, [], { signal: controller.signal })).toBe('aborted')
    await app.stop()
  })
})

describe('the arguments of a command', () => {
  const app = new App()
  const args = z.object({
    file: z.string(),
    tags: z.array(z.string()).default([]),
    maxCount: z.int().min(1).default(10),
    dryRun: z.boolean().default(false),
    level: z.enum(['low', 'high']).optional(),
    sizes: z.array(z.int()).optional(),
  })
  const command = app.command('import', { args, positional: ['file', 'tags'] }, ({ args }) => {
    expectTypeOf(args.maxCount).toEqualTypeOf<number>()
    return args
  })
  const run = (...argv: string[]) => app.runCommand(command, argv)
  const defaults = { tags: [], maxCount: 10, dryRun: false }

  it('are coerced and checked by the schema', async () => {
    expect(await run('a.csv')).toEqual({ ...defaults, file: 'a.csv' })
    expect(await run('--max-count', '3', 'a.csv', 'x', 'y', '--dry-run', '--level=high')).toEqual({
      file: 'a.csv',
      tags: ['x', 'y'],
      maxCount: 3,
      dryRun: true,
      level: 'high',
    })
    expect(await run('--file', 'b.csv', '--no-dry-run', '--sizes', '1', '--sizes', '2')).toEqual({
      ...defaults,
      file: 'b.csv',
      sizes: [1, 2],
    })
    expect(await run('--', '--odd-name')).toMatchObject({ file: '--odd-name' })
  })

  it.each([
    [[], 'file: is missing'],
    [['a', '--max-count', 'x'], '--max-count: Invalid input: expected number, received string'],
    [
      ['a', '--max-count', '0', '--level', 'mid'],
      '--max-count: Too small: expected number to be >=1\n--level: Invalid option: expected one of "low"|"high"',
    ],
    [['a', '--unknown'], "Unknown option '--unknown'"],
    [['a', '--max-count'], "Option '--max-count <value>' argument missing"],
  ])('%j are told to be wrong', async (argv, message) => {
    await expect(run(...argv)).rejects.toMatchObject({
      name: 'CommandError',
      code: 'invalid_arguments',
      message: expect.stringContaining(message),
    })
  })

  it('are none without a schema', async () => {
    const bare = app.command('bare', ({ args }) => args)
    expect(await app.runCommand(bare, [])).toEqual({})
    await expect(app.runCommand(bare, ['x'])).rejects.toThrow("'x' is one argument too many")
  })
})

describe('a command that cannot be', () => {
  const app = new App()
  const input = dependency({ headers: z.object({ 'x-key': z.string() }) }, ({ headers }) => headers['x-key'])
  it.each([
    ['a name of its own', () => app.command('Seed!', () => 1), 'needs a name of lower-case words'],
    ['a name of Millrace', () => app.command('dev', () => 1), 'has the name of a command of Millrace itself'],
    ['no function', () => app.command('x', {}, undefined as never), 'has no function'],
    [
      'an argument that is not there',
      () => app.command('y', { args: z.object({}), positional: ['z'] as never }, () => 1),
      "has no argument 'z'",
    ],
    ['a name twice', () => [app.command('z', () => 1), app.command('z', () => 2)], "The app has a command 'z' already"],
    [
      'a reserved name',
      () => app.command('w', { deps: { print: dependency(() => 1) } }, () => 1),
      "has a dependency named 'print'",
    ],
  ])('%s', (_name, make, message) => {
    expect(make).toThrow(message)
    expect(make).toThrow(StartupError)
  })

  it('a dependency that reads inputs', async () => {
    const command = app.command('inputs', { deps: { input } }, () => 1)
    await expect(app.runCommand(command, [])).rejects.toThrow('which reads inputs of a request: there is none')
  })

  it('a dependency that needs a credential, by whatever it is found', async () => {
    const token = httpBearer()
    const user = dependency({ deps: { token } }, ({ token }) => token)
    const other = dependency(() => 1)
    const command = app.command('credential', { deps: { other, user } }, () => 1)
    await expect(app.runCommand(command, [])).rejects.toThrow(
      "The command 'credential' needs 'bearer', which reads inputs of a request: there is none",
    )
  })

  it('an app that has been stopped', async () => {
    const stopped = new App({ logger: false })
    const pool = dependency({ scope: 'app' }, () => 'pool')
    const command = stopped.command('late', { deps: { pool } }, ({ pool }) => pool)
    expect(await stopped.runCommand(command, [])).toBe('pool')
    await stopped.stop()
    await expect(stopped.runCommand(command, [])).rejects.toMatchObject({ code: 'app_stopped' })
  })
})
