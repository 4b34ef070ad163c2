import { App } from 'millrace'

export const app = new App({
  compat: 'fastapi',
  basePath: '/api/v1',
  basePathInServers: false,
  servers: [
    { url: 'https://stag.example.com', description: 'Staging environment' },
    { url: 'https://prod.example.com', description: 'Production environment' },
  ],
})

export const readMain = app.get('/app', function readMain({ basePath }) {
  return { message: 'Hello World', root_path: basePath }
})
