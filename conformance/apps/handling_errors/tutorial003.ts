import { App, reply } from 'millrace'

class UnicornError extends Error {}

export const app = new App({ compat: 'fastapi' })

app.onError(UnicornError, (error) =>
  reply(418, { message: `Oops! ${error.message} did something. There goes a rainbow...` }),
)

export const readUnicorn = app.get('/unicorns/:name', function readUnicorn({ params: { name } }) {
  if (name === 'yolo') throw new UnicornError(name)
  return { unicorn_name: name }
})
