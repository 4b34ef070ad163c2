import { App, event, sse } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const Prompt = z.object({ text: z.string() })

export const streamChat = app.post(
  '/chat/stream',
  { body: Prompt, response: sse() },
  async function* streamChat({ body: prompt }) {
    for (const word of prompt.text.split(' ')) yield event({ data: word, event: 'token' })
    yield event({ raw: '[DONE]', event: 'done' })
  },
)
