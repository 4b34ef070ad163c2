import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { App, dependency, settings } from 'millrace'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const none: readonly string[] = []

/** Each problem, without the line before them. */
function problems(load: () => unknown): string[] {
  try {
    load()
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    expect(code).toBe('invalid_settings')
    return message.split('\n  ').slice(1)
  }
  throw new Error('nothing was wrong')
}

describe('settings', () => {
  it('are read from variables, coerced and checked', () => {
    const config = settings(
      z.object({
        databaseUrl: z.url(),
        port: z.int().default(8000),
        debug: z.boolean().default(false),
        log_level: z.enum(['info', 'debug']),
        openAIKey: z.string(),
        S3_BUCKET: z.string().optional(),
        ratio: z.number(),
        at: z.date(),
        hosts: z.array(z.string()),
        ports: z.array(z.int()),
        big: z.bigint(),
      }),
      {
        files: none,
        env: {
          DATABASE_URL: 'postgres://localhost/shop',
          DEBUG: 'true',
          LOG_LEVEL: 'debug',
          OPEN_AI_KEY: 'sk-1',
          RATIO: '0.5',
          AT: '2026-01-02T03:04:05Z',
          HOSTS: 'a.example, b.example',
          PORTS: '[1, 2]',
          BIG: '12345678901234567890',
          OTHER: 'ignored',
        },
      },
    )
    expect(config.load()).toEqual({
      databaseUrl: 'postgres://localhost/shop',
      port: 8000,
      debug: true,
      log_level: 'debug',
      openAIKey: 'sk-1',
      ratio: 0.5,
      at: new Date('2026-01-02T03:04:05Z'),
      hosts: ['a.example', 'b.example'],
      ports: [1, 2],
      big: 12345678901234567890n,
    })
    expectTypeOf(config.load().port).toEqualTypeOf<number>()
  })

  it('take an empty variable for a string, and else for none', () => {
    const schema = z.object({
      name: z.string().default('n'),
      port: z.int().default(80),
      tags: z.array(z.string()).default([]),
    })
    expect(settings(schema, { files: none, env: { NAME: '', PORT: '', TAGS: '' } }).load()).toEqual({
      name: '',
      port: 80,
      tags: [],
    })
  })

  it('may be nested: JSON, members, and members over JSON', () => {
    const schema = z.object({
      database: z.object({ host: z.string(), port: z.int().default(5432), pool: z.object({ maxSize: z.int() }) }),
      cache: z.object({ url: z.string() }).optional(),
    })
    const read = (env: Record<string, string>) => settings(schema, { files: none, env }).load()
    const whole = { host: 'h', port: 1, pool: { maxSize: 2 } }
    expect(read({ DATABASE: JSON.stringify(whole) })).toEqual({ database: whole })
    expect(read({ DATABASE__HOST: 'h', DATABASE__POOL__MAX_SIZE: '2' })).toEqual({ database: { ...whole, port: 5432 } })
    expect(read({ DATABASE: JSON.stringify(whole), DATABASE__POOL__MAX_SIZE: '3', CACHE__URL: 'c' })).toEqual({
      database: { ...whole, pool: { maxSize: 3 } },
      cache: { url: 'c' },
    })
    const dotted = settings(schema, {
      files: none,
      nested: '.',
      prefix: 'APP_',
      env: { 'APP_DATABASE.HOST': 'h', 'APP_DATABASE.POOL.MAX_SIZE': '1' },
    })
    expect(dotted.load().database.host).toBe('h')
  })

  it('tell every problem by its variable, and never a value', () => {
    const schema = z.object({
      apiKey: z.string().min(20),
      port: z.int(),
      database: z.object({ host: z.string(), password: z.string().regex(/^\d+$/) }),
      tags: z.array(z.int()),
      limits: z.object({ rate: z.int() }),
      mode: z.enum(['a', 'b']),
      missing: z.string(),
    })
    const env = {
      API_KEY: 'SECRET-1',
      PORT: 'SECRET-2',
      DATABASE__PASSWORD: 'SECRET-3',
      TAGS: '1,SECRET-4',
      LIMITS: '{"rate": SECRET-5',
      MODE: 'SECRET-6',
    }
    const told = problems(() => settings(schema, { files: none, env }).load())
    expect(told).toEqual([
      'LIMITS: is not valid JSON',
      'API_KEY: Too small: expected string to have >=20 characters',
      'PORT: Invalid input: expected number, received string',
      'DATABASE__HOST: is not set',
      'DATABASE__PASSWORD: Invalid string: must match pattern /^\\d+$/',
      'TAGS[1]: Invalid input: expected number, received string',
      'MODE: Invalid option: expected one of "a"|"b"',
      'MISSING: is not set',
    ])
    expect(told.join()).not.toContain('SECRET')
  })

  it('work with any schema library, whose messages quote no value either', () => {
    const valibot = toStandardJsonSchema(v.object({ port: v.number(), mode: v.picklist(['a', 'b']) }))
    const arktype = type({ port: 'number', mode: "'a' | 'b'" })
    for (const schema of [valibot, arktype]) {
      expect(settings(schema, { files: none, env: { PORT: '1', MODE: 'a' } }).load()).toEqual({ port: 1, mode: 'a' })
      const told = problems(() => settings(schema, { files: none, env: { PORT: 'SECRET', MODE: 'SECRET' } }).load())
      expect([told.length, told.join().includes('SECRET')]).toEqual([2, false])
    }
    expect(() => settings({ '~standard': { version: 1, vendor: 'x', validate: () => ({ value: 1 }) } })).toThrow(
      'settings() needs a Standard Schema that tells its JSON Schema',
    )
  })

  it('of any name are those of a prefix, as Flask reads them', () => {
    const env = {
      FLASK_TESTING: 'true',
      FLASK_PORT: '5000',
      FLASK_NAME: 'shop',
      FLASK_DB__URL: 'x',
      FLASK_DB__POOL__SIZE: '3',
      OTHER: '1',
      FLASK_: '2',
    }
    const config = settings(z.record(z.string(), z.unknown()), { files: none, prefix: 'FLASK_', env })
    expect(config.load()).toEqual({ TESTING: true, PORT: 5000, NAME: 'shop', DB: { URL: 'x', POOL: { SIZE: 3 } } })
    const open = settings(z.looseObject({ port: z.int() }), { files: none, prefix: 'FLASK_', env })
    expect(open.load()).toEqual({ port: 5000, TESTING: true, NAME: 'shop', DB: { URL: 'x', POOL: { SIZE: 3 } } })
    const whole = settings(z.looseObject({}), { files: none, env })
    expect(whole.load()).toEqual({})
  })

  it('come from files, the last of which counts, after the environment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-settings-'))
    const files = ['.env', '.env.local', 'not-there'].map((name) => join(folder, name))
    await writeFile(files[0] as string, '# all\nA=1\nexport B="two\nlines"\nC=\'#3\' # three\n')
    await writeFile(files[1] as string, 'A=10\nD=4\n')
    const config = settings(z.object({ a: z.int(), b: z.string(), c: z.string(), d: z.int() }), {
      files,
      env: { D: '40' },
    })
    expect(config.load()).toEqual({ a: 10, b: 'two\nlines', c: '#3', d: 40 })
    expect(() => settings(z.object({}), { files: [folder], env: {} }).load()).toThrow(
      `The settings in ${folder} cannot be read`,
    )
  })

  it('read what the process has, each time', () => {
    const config = settings(z.object({ millraceTestValue: z.string().default('none') }), { files: none })
    expect(config.load().millraceTestValue).toBe('none')
    process.env['MILLRACE_TEST_VALUE'] = 'set'
    try {
      expect(config.load().millraceTestValue).toBe('set')
    } finally {
      delete process.env['MILLRACE_TEST_VALUE']
    }
  })
})

describe('settings as a dependency', () => {
  const config = settings(z.object({ name: z.string(), port: z.int() }), { files: none, env: { NAME: 'shop' } })

  it('keep the app from starting, with every problem', async () => {
    const app = new App({ deps: { config } })
    app.get('/', ({ config }) => config.name)
    await expect(app.start()).rejects.toThrow('The settings are not valid:\n  PORT: is not set')
  })

  it('can be overridden, and are what other dependencies need', async () => {
    const label = dependency({ scope: 'app', deps: { config } }, ({ config }) => `${config.name}:${config.port}`)
    const app = new App()
    app.get('/', { deps: { label } }, ({ label }) => label)
    const test = app.with({ overrides: [[config, () => ({ name: 'fake', port: 1 })]] })
    expect(await (await test.request('/')).text()).toBe('fake:1')
    await test.stop()
  })
})
