import { App, compress, text } from 'millrace'

export const app = new App({ compat: 'fastapi', use: [compress({ minBytes: 1000 })] })

export const large = app.get('/large', { response: text() }, function large() {
  return 'x'.repeat(4000)
})

export const main = app.get('/', function main() {
  return 'somebigcontent'
})
