import { App, httpsRedirect } from 'millrace'

export const app = new App({ compat: 'fastapi', use: [httpsRedirect()] })

export const main = app.get('/', function main() {
  return { message: 'Hello World' }
})
