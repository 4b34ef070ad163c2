import { App, dependency, fail, HttpError, Router, reply, StartupError } from 'millrace'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports, recorder } from './support/serve.ts'

describeTransports('dependencies', (serve) => {
  it('are made once in a request, however many need them, and anew in the next', async () => {
    let made = 0
    const base = dependency(() => ++made)
    const left = dependency({ deps: { base } }, (context) => context.base)
    const right = dependency({ deps: { base } }, (context) => context.base)
    const app = new App()
    app.get('/', { deps: { left, right, base, again: base } }, (context) => [
      context.left,
      context.right,
      context.base,
      context.again,
    ])
    const { request } = await serve(app)
    expect(await (await request('/')).json()).toEqual([1, 1, 1, 1])
    expect(await (await request('/')).json()).toEqual([2, 2, 2, 2])
  })

  it('may give any value, promises and generators included', async () => {
    const app = new App()
    const deps = {
      nothing: dependency(() => undefined),
      zero: dependency(async () => 0),
      sync: dependency(function* () {
        yield 'sync'
      }),
      async: dependency(async function* () {
        yield await Promise.resolve('async')
      }),
      list: dependency(() => [1, 2]),
    }
    app.get('/', { deps }, ({ nothing, zero, sync, async, list }) => [nothing === undefined, zero, sync, async, list])
    const { request } = await serve(app)
    expect(await (await request('/')).json()).toEqual([true, 0, 'sync', 'async', [1, 2]])
  })

  it('that are independent are made at the same time; what needs them waits', async () => {
    const trace: string[] = []
    const bothEntered = Promise.withResolvers<void>()
    const meet = (name: string) => async () => {
      trace.push(`${name} in`)
      if (trace.length === 2) bothEntered.resolve()
      await bothEntered.promise
      trace.push(`${name} out`)
      return name
    }
    const a = dependency(meet('a'))
    const b = dependency(meet('b'))
    const c = dependency({ deps: { a, b } }, (context) => {
      trace.push('c')
      return context.a + context.b
    })
    const app = new App()
    app.get('/', { deps: { c } }, (context) => context.c)
    const { request } = await serve(app)
    expect(await (await request('/')).text()).toBe('ab')
    expect(trace).toEqual(['a in', 'b in', 'a out', 'b out', 'c'])
  })

  it('have inputs of their own, apart from those of the operation', async () => {
    const app = new App()
    const page = dependency({ query: z.object({ limit: z.int().default(10) }) }, ({ query }) => query.limit)
    const tenant = dependency(
      {
        params: z.object({ tenant: z.string().toUpperCase() }),
        headers: z.object({ 'x-a': z.int() }),
        cookies: z.object({ c: z.string() }),
      },
      ({ params, headers, cookies, query }) => [params.tenant, headers['x-a'], cookies.c, query === undefined],
    )
    app.get('/:tenant', { query: z.object({ q: z.string() }), deps: { page, tenant } }, (context) => ({
      query: context.query,
      params: context.params,
      page: context.page,
      tenant: context.tenant,
      headers: context.headers === undefined,
    }))
    const { request } = await serve(app)
    const response = await request('/acme?q=x&limit=5', { headers: { 'x-a': '3', cookie: 'c=y' } })
    expect(await response.json()).toEqual({
      query: { q: 'x' },
      params: { tenant: 'acme' },
      page: 5,
      tenant: ['ACME', 3, 'y', true],
      headers: true,
    })
  })

  it('are not made when an input of any is wrong', async () => {
    const trace: string[] = []
    const app = new App()
    const first = dependency(() => trace.push('first'))
    const second = dependency({ query: z.object({ n: z.int() }) }, () => trace.push('second'))
    app.get('/', { deps: { first, second } }, () => trace.push('handler'))
    const { request } = await serve(app)
    expect((await request('/?n=x')).status).toBe(422)
    expect(trace).toEqual([])
  })

  it('stand in the plan with their inputs, for the document', () => {
    const app = new App()
    const query = z.object({ n: z.int() })
    const inner = dependency({ query, label: 'inner' }, () => 1)
    const outer = dependency({ deps: { inner }, label: 'outer' }, () => 1)
    app.get('/', { deps: { outer } }, () => 1)
    const plan = app.plans.find(({ path }) => path === '/')
    expect(plan?.dependencies.map((node) => [node.dependency.label, node.names, node.dependency.inputs.query])).toEqual(
      [
        ['inner', {}, query],
        ['outer', { inner: 0 }, undefined],
      ],
    )
    expect(plan?.names).toEqual({ outer: 1 })
  })

  it('of app, routers and operation share one context', async () => {
    const trace: string[] = []
    const traced = (name: string) =>
      dependency(() => {
        trace.push(name)
        return name
      })
    const [one, two, three, four] = [traced('app'), traced('outer'), traced('inner'), traced('operation')]
    const app = new App({ deps: { one } })
    const outer = new Router({ prefix: '/outer', deps: { two } })
    const inner = new Router({ prefix: '/inner', deps: { three, one } })
    inner.get('/', { deps: { four } }, (context) => [context.one, context.three, context.four])
    app.get('/', ({ one }) => [one])
    outer.include(inner)
    app.include(outer)
    const { request } = await serve(app)
    expect(await (await request('/outer/inner')).json()).toEqual(['app', 'inner', 'operation'])
    expect(trace.splice(0)).toEqual(['app', 'outer', 'inner', 'operation'])
    expect(await (await request('/')).json()).toEqual(['app'])
    expect(trace).toEqual(['app'])
  })

  it('fail the request: the first failure counts, and the handler does not run', async () => {
    const trace: string[] = []
    const app = new App({ logger: recorder().logger })
    const slow = dependency(async () => {
      await Promise.resolve()
      return fail(401)
    })
    const quick = dependency(() => fail(403))
    app.get('/', { deps: { slow, quick } }, () => trace.push('handler'))
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(401)
    expect(trace).toEqual([])
  })

  it('that guard run first, with all that they need, and refuse before the body is read', async () => {
    const trace: string[] = []
    const session = dependency({ headers: z.object({ 'x-token': z.string().optional() }) }, ({ headers }) => {
      trace.push('session')
      return headers['x-token']
    })
    const user = dependency({ guard: true, deps: { session } }, (context) => {
      trace.push('user')
      return context.session ?? fail(401, 'Who are you?')
    })
    const other = dependency(() => trace.push('other'))
    const app = new App()
    app.post('/', { deps: { other, user }, body: z.object({ a: z.int() }) }, ({ body }) => body)
    const { request } = await serve(app)
    // This body never ends: an answer comes only if nobody waits for it.
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{')),
      pull: () => new Promise(() => undefined),
    })
    const refused = await request('/', {
      method: 'POST',
      body: endless,
      headers: { 'content-type': 'application/json' },
      duplex: 'half',
    } as RequestInit)
    expect([refused.status, ((await refused.json()) as { detail: string }).detail]).toEqual([401, 'Who are you?'])
    expect(trace.splice(0)).toEqual(['session', 'user'])
    const allowed = await request('/', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'x-token': 't' },
    })
    expect(await allowed.json()).toEqual({ a: 1 })
    expect(trace).toEqual(['session', 'user', 'other'])
  })

  it('that fail abort the signal of the others: the answer does not wait for their work', async () => {
    const trace: string[] = []
    const app = new App({ logger: recorder().logger })
    const slow = dependency(async function* ({ signal }) {
      trace.push('slow begins')
      await new Promise<void>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('This operation was aborted', 'AbortError')))
      })
      yield 1
    })
    const stubborn = dependency(async ({ signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      trace.push('stubborn is through')
    })
    const needy = dependency({ deps: { stubborn } }, () => trace.push('needy is made'))
    const user = dependency(async () => fail(401, 'Who are you?'))
    app.get('/', { deps: { slow, needy, user } }, () => 'never')
    app.onError(401, async (_error, { signal }) => {
      trace.push(`answered, ${signal.aborted ? 'aborted' : 'not aborted'}`)
      return reply(401, 'no')
    })
    const { request } = await serve(app)
    const response = await request('/')
    expect([response.status, await response.text()]).toEqual([401, 'no'])
    expect(trace).toEqual(['slow begins', 'stubborn is through', 'answered, not aborted'])
  })

  it('that fail while another is opened wait for it, and close it', async () => {
    const trace: string[] = []
    const failed = Promise.withResolvers<void>()
    const slow = dependency(async function* () {
      trace.push('slow opens')
      await failed.promise
      trace.push('slow is open')
      try {
        yield 'slow'
      } catch (error) {
        trace.push(`slow gets ${(error as Error).message}`)
        throw error
      } finally {
        trace.push('slow closes')
      }
    })
    const failing = dependency(async () => {
      await Promise.resolve()
      trace.push('failing fails')
      failed.resolve()
      throw new HttpError(402, 'no')
    })
    const app = new App()
    app.get('/', { deps: { slow, failing } }, () => trace.push('handler'))
    const { request } = await serve(app)
    expect((await request('/')).status).toBe(402)
    expect(trace).toEqual(['slow opens', 'failing fails', 'slow is open', 'slow gets no', 'slow closes'])
  })

  it('that do not yield once are a failure', async () => {
    const log = recorder()
    const app = new App({ logger: log.logger })
    const none = dependency({ label: 'none' }, function* (): Generator<number> {
      if (log === undefined) yield 1
    })
    const twice = dependency({ label: 'twice' }, async function* () {
      yield 1
      yield 2
    })
    app.get('/none', { deps: { none } }, () => 1)
    app.get('/twice', { deps: { twice } }, () => 'sent')
    const { request, close } = await serve(app)
    expect((await request('/none')).status).toBe(500)
    expect(await (await request('/twice')).text()).toBe('sent')
    await close()
    expect(log.takeErrors()).toEqual([
      {
        message: 'An error was not handled',
        error: "The dependency 'none' ended without a yield: it has to yield its value once",
      },
      {
        message: 'The cleanup of a dependency failed',
        error: "The dependency 'twice' yielded twice: it has to yield its value once",
      },
    ])
  })
})

describe('dependencies that cannot be made', () => {
  const errorOf = (make: () => unknown): [string, string] | undefined => {
    try {
      make()
    } catch (error) {
      if (error instanceof StartupError) return [error.code, error.message]
      throw error
    }
    return undefined
  }
  const plansWith = (
    deps: Record<string, ReturnType<typeof dependency>>,
    router: Record<string, ReturnType<typeof dependency>> = {},
  ) =>
    errorOf(() => {
      const app = new App({ deps: router })
      app.get('/', { deps }, () => 1)
      return app.plans
    })

  it('one name for two', () => {
    expect(plansWith({ a: dependency(() => 1) }, { a: dependency(() => 2) })).toEqual([
      'name_clash',
      "GET / has two dependencies named 'a': app, routers and operation share one context",
    ])
    const shared = dependency(() => 1)
    expect(plansWith({ a: shared }, { a: shared })).toBeUndefined()
  })

  it('a circle', () => {
    const deps: Record<string, ReturnType<typeof dependency>> = {}
    const a = dependency({ label: 'a', deps }, () => 1)
    const b = dependency({ label: 'b', deps: { a } }, () => 1)
    deps['b'] = b
    expect(plansWith({ a })).toEqual(['dependency_circle', 'Dependencies need one another in a circle: a → b → a'])
  })

  it.each([
    ['app', 'request'],
    ['app', 'handler'],
    ['request', 'handler'],
  ] as const)('one of scope %s that needs one of scope %s', (long, short) => {
    const inner = dependency({ scope: short, label: 'inner' }, () => 1)
    const outer = dependency({ scope: long, label: 'outer', deps: { inner } }, () => 1)
    expect(plansWith({ outer })?.[0]).toBe('dependency_scope')
  })

  it('one that is named like anything its context has', async () => {
    const app = new App()
    app.get('/', (context) => {
      const names = new Set<string>()
      for (let one: object = context; one !== null; one = Object.getPrototypeOf(one))
        for (const name of Object.getOwnPropertyNames(one)) names.add(name)
      return [...names]
    })
    const names = (await (await app.request('/')).json()) as string[]
    expect(names).toEqual(expect.arrayContaining(['params', 'signal', 'method', 'header', 'route', '__proto__']))
    for (const name of [...names, '~of our own']) {
      const deps = { [name]: dependency(() => 1) }
      const found = [
        plansWith(deps),
        plansWith({}, deps),
        errorOf(() => dependency({ deps }, () => 1)),
        errorOf(() => new Router({ deps })),
      ]
      expect([name, found.map((error) => error?.[0])]).toEqual([name, Array(4).fill('reserved_name')])
    }
  })

  it('one of scope app with inputs', () => {
    expect(errorOf(() => dependency({ scope: 'app', query: z.object({}) }, () => 1))?.[0]).toBe('malformed_spec')
  })

  it('one without a function', () => {
    // @ts-expect-error: no function
    expect(errorOf(() => dependency({ label: 'x' }))?.[0]).toBe('malformed_spec')
  })
})
