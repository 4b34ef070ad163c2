import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const shampoo = `<?xml version="1.0"?>
    <shampoo>
    <Header>
        Apply shampoo here.
    </Header>
    <Body>
        You'll have to use soap here.
    </Body>
    </shampoo>
    `

export const getLegacyData = app.get('/legacy/', function getLegacyData() {
  return new Response(shampoo, { headers: { 'content-type': 'application/xml' } })
})
