import { App } from 'millrace'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { describeTransports } from './support/serve.ts'

describeTransports('path parameters', (serve) => {
  it('are strings without a schema, percent-decoded', async () => {
    const app = new App()
    app.get('/items/:id', ({ params }) => params)
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path)).json()
    expect(await read('/items/3')).toEqual({ id: '3' })
    expect(await read('/items/a%20b')).toEqual({ id: 'a b' })
    expect(await read('/items/caf%C3%A9')).toEqual({ id: 'café' })
    expect(await read('/items/a%2Fb')).toEqual({ id: 'a/b' })
    expect(await read('/items/%2525')).toEqual({ id: '%25' })
    expect(await read('/items/a+b')).toEqual({ id: 'a+b' })
  })

  it('stand beside literals in any spelling that means the same', async () => {
    const app = new App()
    app.get('/café/:id', ({ params }) => params.id)
    app.get('/a~b', () => 'tilde')
    app.get('/b c', () => 'space')
    const { request } = await serve(app)
    for (const path of ['/caf%C3%A9/%41', '/caf%c3%a9/%41', '/%63af%c3%A9/%41', '/%63af%c3%A9/A'])
      expect([path, await (await request(path)).text()]).toEqual([path, 'A'])
    for (const path of ['/a~b', '/a%7Eb', '/%61%7eb']) expect(await (await request(path)).text()).toBe('tilde')
    expect(await (await request('/%62%20c')).text()).toBe('space')
    // A slash that is escaped separates nothing, and a broken escape is none.
    expect((await request('/caf%c3%a9%2Fx')).status).toBe(404)
    expect((await request('/caf%c3%a9%/x')).status).toBe(404)
  })

  it('take nothing that a literal beside them means in another spelling', async () => {
    const app = new App()
    app.get('/admin', () => 'the literal')
    app.get('/files/b-c', () => 'the file')
    app.get('/:page', ({ params }) => params.page)
    app.get('/files/*rest', ({ params }) => params.rest)
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path)).text()
    for (const path of ['/admin', '/%61dmin', '/%61%64%6D%69%6e']) expect(await read(path)).toBe('the literal')
    for (const path of ['/files/b-c', '/files/b%2dc']) expect(await read(path)).toBe('the file')
    expect(await read('/%61dmins')).toBe('admins')
    expect(await read('/files/b%2dc/d')).toBe('b-c/d')
    expect(await read('/files%2Fb-c')).toBe('files/b-c')
  })

  it('are refused where their escapes are broken, beside any literal', async () => {
    const app = new App()
    app.get('/café/:name', ({ params }) => params.name)
    const { request } = await serve(app)
    // Made whole by another escape, this would be a dot.
    for (const path of ['/caf%C3%A9/%%32e', '/caf%C3%A9/%2']) expect((await request(path)).status).toBe(400)
    expect((await request('/caf%c3%a9/%%32e')).status).toBe(404)
  })

  it('may have names of what objects inherit, but for one that they would not keep', async () => {
    const app = new App()
    app.get('/:constructor/:toString', ({ params }) => params)
    const { request } = await serve(app)
    expect(await (await request('/__proto__/b')).json()).toEqual({ constructor: '__proto__', toString: 'b' })
    const wrong = new App()
    const message = "The path '/:__proto__' has a parameter without a proper name: ':__proto__'"
    expect(() => wrong.get('/:__proto__', () => 1)).toThrow(
      expect.objectContaining({ code: 'malformed_path', message }),
    )
  })

  it('are coerced and checked by a schema', async () => {
    const app = new App()
    app.get('/items/:id', { params: z.object({ id: z.int().positive() }) }, ({ params }) => params)
    const { request } = await serve(app)
    expect(await (await request('/items/3')).json()).toEqual({ id: 3 })
    const wrong = await request('/items/three')
    expect(wrong.headers.get('content-type')).toBe('application/problem+json')
    expect([wrong.status, await wrong.json()]).toEqual([
      422,
      {
        type: 'about:blank',
        title: 'Unprocessable Content',
        status: 422,
        detail: 'One input is not valid',
        code: 'invalid_input',
        errors: [
          {
            in: 'params',
            path: ['id'],
            code: 'invalid_type',
            message: 'Invalid input: expected number, received string',
          },
        ],
      },
    ])
  })

  it('may be optional', async () => {
    const app = new App()
    app.get('/page/:number?', ({ params }) => params)
    app.get('/sized/:size?', { params: z.object({ size: z.int().default(10) }) }, ({ params }) => params)
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path)).json()
    expect(await read('/page')).toEqual({})
    expect(await read('/page/2')).toEqual({ number: '2' })
    expect(await read('/sized')).toEqual({ size: 10 })
    expect(await read('/sized/5')).toEqual({ size: 5 })
    expect((await request('/page/2/3')).status).toBe(404)
  })

  it('take all that is left, one segment or more', async () => {
    const app = new App()
    app.get('/files/*path', ({ params }) => params)
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path)).json()
    expect(await read('/files/a')).toEqual({ path: 'a' })
    expect(await read('/files/a/b%20c/d.txt')).toEqual({ path: 'a/b c/d.txt' })
    expect(await read('/files/a/')).toEqual({ path: 'a/' })
    expect((await request('/files')).status).toBe(404)
  })

  it('take empty segments only at the rest', async () => {
    const app = new App()
    app.get('/proxy/*url', ({ params }) => params)
    app.get('/:a/:b', () => 'two')
    app.get('/in/:name/*rest', ({ params }) => params)
    const { request } = await serve(app)
    const read = async (path: string) => {
      const response = await request(path)
      return response.status === 200 ? response.json() : response.status
    }
    expect(await read('/proxy/https://host//path/')).toEqual({ url: 'https://host//path/' })
    expect(await read('/proxy//a')).toEqual({ url: '/a' })
    expect(await read('/proxy//')).toEqual({ url: '/' })
    expect(await read('/in/x//y')).toEqual({ name: 'x', rest: '/y' })
    expect(await read('/in//x/y')).toBe(404)
    expect(await read('/a//')).toBe(404)
    expect(await read('/a//b')).toBe(404)
  })

  it('400 where the encoding is broken', async () => {
    const app = new App()
    app.get('/items/:id', ({ params }) => params)
    const { request } = await serve(app)
    const response = await request('/items/%E0%A4%A')
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: "The path parameter 'id' is not properly percent-encoded",
        code: 'malformed_target',
      },
    ])
  })

  it('no name is special', async () => {
    const app = new App()
    app.get('/:constructor/:hasOwnProperty', ({ params }) => params)
    const { request } = await serve(app)
    expect(await (await request('/a/b')).json()).toEqual({ constructor: 'a', hasOwnProperty: 'b' })
  })
})

describeTransports('routes', (serve) => {
  it('prefer a literal to a parameter, and a parameter to a rest, whatever the order', async () => {
    const app = new App()
    app.get('/*rest', () => 'rest')
    app.get('/users/:id', () => 'parameter')
    app.get('/users/me', () => 'literal')
    app.get('/users/:id/posts', () => 'posts')
    app.get('/users/me/friends', () => 'friends')
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path)).text()
    expect(await read('/users/me')).toBe('literal')
    expect(await read('/users/7')).toBe('parameter')
    expect(await read('/users/me/posts')).toBe('posts')
    expect(await read('/users/me/friends')).toBe('friends')
    expect(await read('/users/7/likes')).toBe('rest')
    expect(await read('/other')).toBe('rest')
  })

  it('of which two fit alike: the first, and one without parameters before it', async () => {
    const app = new App()
    app.get('/:a?/:b', ({ params }) => ['two', params])
    app.get('/:c', () => 'one')
    app.get('/me', () => 'me')
    app.get('/:a?/page', () => 'page')
    const { request } = await serve(app)
    const read = async (path: string) => {
      const response = await request(path)
      return response.headers.get('content-type') === 'application/json' ? response.json() : response.text()
    }
    expect(await read('/x/y')).toEqual(['two', { a: 'x', b: 'y' }])
    expect(await read('/x')).toEqual(['two', { b: 'x' }])
    expect(await read('/me')).toBe('me')
    expect(await read('/page')).toBe('page')
    expect(await read('/x/page')).toBe('page')
  })

  it('are looked for on every way that a path has through them', async () => {
    const app = new App()
    app.get('/a/b/c', () => 'literal')
    app.get('/a/:b/d', ({ params }) => params)
    app.get('/:a/b/:c/e', ({ params }) => params)
    app.get('/a/b/*rest', ({ params }) => params)
    app.get('/*rest', ({ params }) => params)
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path)).json()
    expect(await read('/a/x/d')).toEqual({ b: 'x' })
    expect(await read('/a/b/c/')).toEqual({ rest: 'c/' })
    expect(await read('/a/b/c/e')).toEqual({ rest: 'c/e' })
    expect(await read('/x/b/c/e')).toEqual({ a: 'x', c: 'c' })
    expect(await read('/a/c/d/e')).toEqual({ rest: 'a/c/d/e' })
    expect(await read('/b/b/c')).toEqual({ rest: 'b/b/c' })
  })

  it('tell a last slash from none', async () => {
    const app = new App()
    app.get('/bare', () => 'bare')
    app.get('/slashed/', () => 'slashed')
    app.get('/both', () => 'without')
    app.get('/both/', () => 'with')
    app.get('/items/:id', ({ params }) => params.id)
    const { request } = await serve(app)
    const read = async (path: string) => {
      const response = await request(path)
      return response.status === 200 ? response.text() : response.status
    }
    expect(await read('/bare')).toBe('bare')
    expect(await read('/bare/')).toBe(404)
    expect(await read('/slashed')).toBe(404)
    expect(await read('/slashed/')).toBe('slashed')
    expect(await read('/both')).toBe('without')
    expect(await read('/both/')).toBe('with')
    expect(await read('/items/3')).toBe('3')
    expect(await read('/items/3/')).toBe(404)
    expect(await read('/items/')).toBe(404)
  })

  it('match literals beyond ASCII, and characters that a router would read as its own', async () => {
    const app = new App()
    app.get('/café', () => 'café')
    app.get('/a b', () => 'space')
    app.get('/v1.0/(x)/[y]/{z}+', () => 'marks')
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path)).text()
    expect(await read('/café')).toBe('café')
    expect(await read('/caf%C3%A9')).toBe('café')
    expect(await read('/a%20b')).toBe('space')
    expect(await read('/v1.0/(x)/[y]/{z}+')).toBe('marks')
  })

  it('match literals whatever of them a client escapes', async () => {
    const app = new App()
    app.get('/users/@me', () => 'me')
    app.get('/users/:id', ({ params }) => `user ${params.id}`)
    for (const literal of ["it's", 'f(1)', 'a|b', 'a^c', '{z}+', '100%', 'a"d']) app.get(`/x/${literal}`, () => literal)
    app.get('/:lead?/l(1)/*rest', ({ params }) => JSON.stringify(params))
    app.get('/back\\slash', { operationId: 'backslash' }, () => 'backslash')
    app.get('/back/slash', () => 'slash')
    app.get('/%63af%c3%a9', () => 'café')
    const { request } = await serve(app)
    const read = async (path: string) => (await request(path)).text()
    for (const path of ['/users/@me', '/users/%40me', '/users/%40%6de']) expect(await read(path)).toBe('me')
    expect(await read('/users/%40you')).toBe('user @you')
    for (const literal of ["it's", 'f(1)', 'a|b', 'a^c', '{z}+', '100%', 'a"d']) {
      const escaped = literal.replace(/\W/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
      expect(await read(`/x/${escaped}`)).toBe(literal)
      expect(await read(`/x/${encodeURIComponent(literal)}`)).toBe(literal)
      if (literal !== '100%') expect(await read(`/x/${literal}`)).toBe(literal)
    }
    // Where the pattern has several ways through one path, each spelling takes the same.
    for (const path of ['/l(1)/l(1)/x', '/l%281%29/l(1)/x', '/l(1)/l%281%29/x', '/l%281%29/l%281%29/x'])
      expect(await read(path)).toBe('{"rest":"l(1)/x"}')
    expect(await read('/back%5cslash')).toBe('backslash')
    expect(await read('/back/slash')).toBe('slash')
    for (const path of ['/caf%C3%A9', '/café']) expect(await read(path)).toBe('café')
  })

  it('are case-sensitive', async () => {
    const app = new App()
    app.get('/Items', () => 'items')
    const { request } = await serve(app)
    expect((await request('/items')).status).toBe(404)
  })
})
