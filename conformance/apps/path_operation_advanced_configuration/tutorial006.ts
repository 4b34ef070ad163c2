import { App } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const magicDataReader = (rawBody: Uint8Array) => ({
  size: rawBody.byteLength,
  content: { name: 'Maaaagic', price: 42, description: "Just kiddin', no magic here. ✨" },
})

const requestBody = {
  content: {
    'application/json': {
      schema: {
        required: ['name', 'price'],
        type: 'object',
        properties: {
          name: { type: 'string' },
          price: { type: 'number' },
          description: { type: 'string' },
        },
      },
    },
  },
  required: true,
}

export const createItem = app.post('/items/', { openapi: { requestBody } }, async function createItem({ request }) {
  return magicDataReader(await request.bytes())
})
