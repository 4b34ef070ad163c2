import { App, trustedHosts } from 'millrace'

export const app = new App({ compat: 'fastapi', use: [trustedHosts({ hosts: ['example.com', '*.example.com'] })] })

export const main = app.get('/', function main() {
  return { message: 'Hello World' }
})
