import { expect, it } from 'vitest'
import { app } from '../apps/bigger_applications/main.ts'
import { describePort } from './support/ports.ts'

const token = { 'x-token': 'fake-super-secret-token' }
const missing = (...loc: string[]) => ({ type: 'missing', loc, msg: 'Field required', input: null })

describePort('bigger_applications', (open) => {
  it.each([
    ['/users?token=jessica', 307, undefined],
    ['/users/?token=jessica', 200, [{ username: 'Rick' }, { username: 'Morty' }]],
    ['/users/foo?token=jessica', 200, { username: 'foo' }],
    ['/users/me?token=jessica', 200, { username: 'fakecurrentuser' }],
    ['/users/foo?token=monica', 400, { detail: 'No Jessica token provided' }],
    ['/users/foo', 422, { detail: [missing('query', 'token')] }],
    ['/?token=jessica', 200, { message: 'Hello Bigger Applications!' }],
    ['/', 422, { detail: [missing('query', 'token')] }],
    ['/items/?token=jessica', 422, { detail: [missing('header', 'x-token')] }],
    ['/items/', 422, { detail: [missing('query', 'token'), missing('header', 'x-token')] }],
  ])('answers GET %s with %i', async (path, status, json) => {
    const ask = await open(app)
    expect(await ask('GET', path)).toMatchObject({ status, json })
  })

  it('lists and reads items for who has both tokens', async () => {
    const ask = await open(app)
    expect(await ask('GET', '/items/?token=jessica', { headers: token })).toMatchObject({
      status: 200,
      json: { plumbus: { name: 'Plumbus' }, gun: { name: 'Portal Gun' } },
    })
    expect(await ask('GET', '/items/plumbus?token=jessica', { headers: token })).toMatchObject({
      status: 200,
      json: { name: 'Plumbus', item_id: 'plumbus' },
    })
    expect(await ask('GET', '/items/bar?token=jessica', { headers: token })).toMatchObject({
      status: 404,
      json: { detail: 'Item not found' },
    })
    expect(await ask('GET', '/items/plumbus?token=jessica', { headers: { 'x-token': 'wrong' } })).toMatchObject({
      status: 400,
      json: { detail: 'X-Token header invalid' },
    })
  })

  it('updates the one item that may be updated', async () => {
    const ask = await open(app)
    expect(await ask('PUT', '/items/plumbus?token=jessica', { headers: token })).toMatchObject({
      status: 200,
      json: { item_id: 'plumbus', name: 'The great Plumbus' },
    })
    expect(await ask('PUT', '/items/bar?token=jessica', { headers: token })).toMatchObject({
      status: 403,
      json: { detail: 'You can only update the item: plumbus' },
    })
  })

  it('asks for both tokens at what is included with dependencies', async () => {
    const ask = await open(app)
    expect(await ask('POST', '/admin/?token=jessica', { headers: token })).toMatchObject({
      status: 200,
      json: { message: 'Admin getting schwifty' },
    })
    expect(await ask('POST', '/admin/?token=jessica', { headers: { 'x-token': 'wrong' } })).toMatchObject({
      status: 400,
      json: { detail: 'X-Token header invalid' },
    })
    expect(await ask('POST', '/admin/')).toMatchObject({
      status: 422,
      json: { detail: [missing('query', 'token'), missing('header', 'x-token')] },
    })
  })

  it('documents what routers, and who includes them, have said', () => {
    const { paths } = app.openapi()
    const operations = paths as Record<string, Record<string, { tags?: string[]; responses: object }>>
    expect(operations['/items/{item_id}']?.['put']?.tags).toEqual(['items', 'custom'])
    expect(Object.keys(operations['/items/{item_id}']?.['put']?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '403', '404', '422']),
    )
    expect(operations['/admin/']?.['post']?.tags).toEqual(['admin'])
    expect(operations['/admin/']?.['post']?.responses).toMatchObject({ 418: { description: "I'm a teapot" } })
  })
})
