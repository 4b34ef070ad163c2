import { deepStrictEqual } from 'node:assert/strict'
import { client } from './generated/client.gen.js'
import * as api from './generated/index.js'
import type { InputProblem, ItemInput, ItemOutput } from './generated/types.gen.js'

// Calls the server with the generated client, and holds what comes back against what was declared.

const [baseUrl = ''] = process.argv.slice(2)
client.setConfig({ baseUrl, throwOnError: true })

const id = 'a3bb189e-8bf9-4888-9912-ace4e6543002'
const at = '2026-01-02T03:04:05Z'

const given: ItemInput = {
  id,
  name: 'Wheel',
  price: 2.5,
  size: 'large',
  tags: ['old', 'oak'],
  attributes: { weight: 3 },
  at,
}
const kept: ItemOutput = {
  id,
  name: 'Wheel',
  price: 2.5,
  size: 'large',
  tags: ['old', 'oak'],
  attributes: { weight: 3 },
  at,
  count: 1,
  note: null,
}

const added = await api.addItem({ body: given })
deepStrictEqual(added.data, kept)
deepStrictEqual([added.response?.status, added.response?.headers.get('x-count')], [201, '1'])

const listed = await api.listItems({
  query: { limit: 5, size: 'large', tag: ['old', 'oak'] },
  headers: { 'x-tenant': 'mill' },
})
deepStrictEqual(listed.data, { items: [kept], limit: 5, tenant: 'mill', theme: null })
const none = await api.listItems({ query: { tag: ['new'] } })
deepStrictEqual(none.data, { items: [], limit: 10, tenant: null, theme: null })

deepStrictEqual((await api.readItem({ path: { id } })).data, kept)
const missing = await api.readItem({ path: { id: id.replace('a', 'b') }, throwOnError: false })
deepStrictEqual(missing.error, { id: id.replace('a', 'b'), similar: [id] })

const refused = await api.addItem({ body: { ...given, price: 0 }, throwOnError: false })
// Of all that a failure can be, this is what 422 is.
const { errors: issues } = refused.error as InputProblem
deepStrictEqual(
  issues.map((issue) => [issue.in, issue.path]),
  [['body', ['price']]],
)

const says = [
  await api.describePet({ body: { kind: 'cat', lives: 9 } }),
  await api.describePet({ body: { kind: 'dog', tricks: ['sit', 'roll'] } }),
]
deepStrictEqual(
  says.map(({ data }) => data?.says),
  ['has 9 lives', 'can sit and roll'],
)

const tree = { name: 'root', children: [{ name: 'leaf' }] }
deepStrictEqual((await api.countTree({ body: tree })).data?.count, 2)

const picture = new File([new Uint8Array(5)], 'wheel.png', { type: 'image/png' })
deepStrictEqual((await api.upload({ body: { picture, title: 'A wheel' } })).data, {
  name: 'wheel.png',
  size: 5,
  title: 'A wheel',
})

const signedIn = await api.signIn({ body: { username: 'ada', password: 'lovelace' } })
deepStrictEqual(signedIn.data, { access_token: 'token-of-ada', token_type: 'bearer' })
deepStrictEqual((await api.me({ auth: signedIn.data.access_token })).data, { token: 'token-of-ada' })
deepStrictEqual((await api.me({ throwOnError: false })).response?.status, 401)
deepStrictEqual((await api.useKey({ auth: 'k3y' })).data, { key: 'k3y' })

deepStrictEqual((await api.greet({ body: { name: 'Ada', times: 2 } })).data, 'Hello Ada, Hello Ada')

const echoed = await api.echo({ body: new Blob([new Uint8Array([0, 255])]) })
deepStrictEqual(new Uint8Array(await (echoed.data as Blob).arrayBuffer()), new Uint8Array([0, 255]))
const png = await api.picture({ parseAs: 'arrayBuffer' })
deepStrictEqual(new Uint8Array(png.data as unknown as ArrayBuffer), new Uint8Array([137, 80, 78, 71]))

const numbers: unknown[] = []
for await (const event of (await api.count({ query: { to: 3 } })).stream) numbers.push(event)
deepStrictEqual(numbers, [{ n: 1 }, { n: 2 }, { n: 3 }])
deepStrictEqual((await api.lines({ parseAs: 'text' })).data, '{"n":1}\n{"n":2}\n')

deepStrictEqual((await api.deleteItem({ path: { id } })).response?.status, 204)
console.log('TypeScript: every answer is what its type says')
