import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const page = `
    <html>
        <head>
            <title>Some HTML in here</title>
        </head>
        <body>
            <h1>Look ma! HTML!</h1>
        </body>
    </html>
    `

export const readItems = app.get('/items/', function readItems() {
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })
})
