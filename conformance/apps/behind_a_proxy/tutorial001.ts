import { App } from 'millrace'

export const app = new App({ compat: 'fastapi', basePath: '/api/v1' })

export const readMain = app.get('/app', function readMain({ basePath }) {
  return { message: 'Hello World', root_path: basePath }
})
