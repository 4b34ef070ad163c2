import { App, dependency, fail } from 'millrace'

export const app = new App({ compat: 'fastapi' })

class InternalError extends Error {}

const username = dependency(async function* () {
  try {
    yield 'Rick'
  } catch (error) {
    if (!(error instanceof InternalError)) throw error
    console.log("Oops, we didn't raise again, Britney 😱")
  }
})

export const getItem = app.get(
  '/items/:item_id',
  { deps: { username } },
  function getItem({ params: { item_id }, username }) {
    if (item_id === 'portal-gun') throw new InternalError(`The portal gun is too dangerous to be owned by ${username}`)
    if (item_id !== 'plumbus') fail(404, "Item not found, there's only a plumbus here")
    return item_id
  },
)
