import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const items: Record<string, { name: string }> = {}

app.lifespan(async function* () {
  items['foo'] = { name: 'Fighters' }
  items['bar'] = { name: 'Tenders' }
  yield
})

export const readItems = app.get('/items/:item_id', function readItems({ params }) {
  return items[params.item_id]
})
