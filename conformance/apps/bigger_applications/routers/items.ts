import { fail, Router } from 'millrace'
import { tokenHeader } from '../dependencies.ts'

export const items = new Router({
  prefix: '/items',
  tags: ['items'],
  deps: { tokenHeader },
  responses: { 404: { description: 'Not found' } },
})

const database = new Map([
  ['plumbus', { name: 'Plumbus' }],
  ['gun', { name: 'Portal Gun' }],
])

export const readItems = items.get('//', function readItems() {
  return Object.fromEntries(database)
})

export const readItem = items.get('/:item_id', function readItem({ params: { item_id } }) {
  const { name } = database.get(item_id) ?? fail(404, 'Item not found')
  return { name, item_id }
})

export const updateItem = items.put(
  '/:item_id',
  { tags: ['custom'], responses: { 403: { description: 'Operation forbidden' } } },
  function updateItem({ params: { item_id } }) {
    if (item_id !== 'plumbus') fail(403, 'You can only update the item: plumbus')
    return { item_id, name: 'The great Plumbus' }
  },
)
