import { App, dependency } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const models = dependency({ scope: 'app' }, async function* () {
  const models = new Map([['answer_to_everything', (x: number) => x * 42]])
  try {
    yield models
  } finally {
    models.clear()
  }
})

export const predict = app.get(
  '/predict',
  { query: z.object({ x: z.number() }), deps: { models } },
  function predict({ query, models }) {
    return { result: models.get('answer_to_everything')?.(query.x) }
  },
)
