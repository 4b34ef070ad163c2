import { App, staticFiles } from 'millrace'

export const app = new App({ compat: 'fastapi' })

app.mount('/static', staticFiles({ directory: new URL('./static', import.meta.url) }))
