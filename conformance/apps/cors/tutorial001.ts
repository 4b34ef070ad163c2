import { App, cors } from 'millrace'

export const app = new App({ compat: 'fastapi' })

app.use(
  cors({
    origins: [
      'http://localhost.tiangolo.com',
      'https://localhost.tiangolo.com',
      'http://localhost',
      'http://localhost:8080',
    ],
    credentials: true,
    methods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'QUERY'],
  }),
)

export const main = app.get('/', function main() {
  return { message: 'Hello World' }
})
