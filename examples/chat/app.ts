import { App, sse } from 'millrace'
import { listModels } from 'millrace/models'
import { assistant } from './assistant.ts'
import { page } from './page.ts'
import { ChatRequest, Done, Token } from './schemas.ts'

export const app = new App({
  title: 'Chat',
  version: '1.0.0',
  description: 'Talks with SmolLM2-135M-Instruct, which runs in llama.cpp inside this server.',
})

app.include(page)

const instruction = { role: 'system', content: 'You are a helpful assistant. Answer briefly and clearly.' } as const

export const chat = app.post(
  '/chat',
  {
    summary: 'Answer a conversation',
    description:
      'Streams the answer token by token, then `done` with its numbers. The work stops when the client leaves. ' +
      'A conversation that is longer than the model can read is refused with 422.',
    body: ChatRequest,
    examples: { Question: { messages: [{ role: 'user', content: 'What does a mill do?' }] } },
    response: sse({ token: Token, done: Done }),
    deps: { assistant },
  },
  async function* ({ body, assistant, signal }) {
    const messages = body.messages[0]?.role === 'system' ? body.messages : [instruction, ...body.messages]
    const startMs = performance.now()
    let firstMs = 0
    let tokens = 0
    for await (const text of assistant.stream({ ...body, messages }, { signal })) {
      if (tokens === 0) firstMs = performance.now() - startMs
      tokens++
      yield { event: 'token', data: { text } }
    }
    const tookMs = performance.now() - startMs
    // The first token's time is that of reading the question.
    const tokensPerSecond = tokens > 1 ? ((tokens - 1) / (tookMs - firstMs)) * 1_000 : 0
    yield {
      event: 'done',
      data: {
        tokens,
        firstMs: Math.round(firstMs),
        tookMs: Math.round(tookMs),
        tokensPerSecond: Math.round(tokensPerSecond * 10) / 10,
      },
    }
  },
)

export const models = app.get('/models', { summary: 'State of the model' }, listModels(assistant))
