import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readFile = app.get('/files/*file_path', function readFile({ params }) {
  return { file_path: params.file_path }
})
