import { App, html } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const readItems = app.get('/items/', { response: html() }, function readItems() {
  return `
    <html>
        <head>
            <title>Some HTML in here</title>
        </head>
        <body>
            <h1>Look ma! HTML!</h1>
        </body>
    </html>
    `
})
