import { App, dependency, fail } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const data = new Map([
  ['plumbus', { description: 'Freshly pickled plumbus', owner: 'Morty' }],
  ['portal-gun', { description: 'Gun to create portals', owner: 'Rick' }],
])

class OwnerError extends Error {}

const username = dependency(async function* () {
  try {
    yield 'Rick'
  } catch (error) {
    if (error instanceof OwnerError) fail(400, `Owner error: ${error.message}`)
    throw error
  }
})

export const getItem = app.get('/items/:item_id', { deps: { username } }, function getItem({ params, username }) {
  const item = data.get(params.item_id) ?? fail(404, 'Item not found')
  if (item.owner !== username) throw new OwnerError(username)
  return item
})
