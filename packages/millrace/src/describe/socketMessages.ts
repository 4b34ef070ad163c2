import { jsonSchemaOf, type Side } from '../plan/jsonSchema.ts'
import type { MessagePlan, SocketPlan } from '../plan/socketPlan.ts'
import type { Components } from './components.ts'
import type { JsonObject } from './objects.ts'

/** What the messages of one direction are, in one word of the field. */
export function mediaTypeOfMessage({ kind }: MessagePlan): string | undefined {
  switch (kind) {
    case 'json':
      return 'application/json'
    case 'text':
      return 'text/plain'
    case 'bytes':
      return 'application/octet-stream'
    case 'any':
      return undefined
  }
}

/** The schema of the messages of one direction, as both documents refer to it. */
export function messageSchema(message: MessagePlan, side: Side, components: Components, hint: string): JsonObject {
  switch (message.kind) {
    case 'json':
      return components.schema(message.schema, side, hint)
    case 'text':
      return { type: 'string' }
    case 'bytes':
      return { type: 'string', format: 'binary' }
    case 'any':
      return {}
  }
}

/** What the messages of a WebSocket are, for people to read: viewers of OpenAPI know nothing of it. Markdown. */
export function describeMessages({ receive, send, subprotocols }: SocketPlan): string {
  const protocols = subprotocols.map((one) => `\`${one}\``).join(', ')
  return [
    'A WebSocket: its URL begins with `ws:` or `wss:`.',
    sentence('The client', receive, 'input'),
    sentence('The server', send, 'output'),
    ...(protocols ? [`Subprotocols: ${protocols}.`] : []),
  ].join('\n\n')
}

function sentence(who: string, message: MessagePlan, side: Side): string {
  if (message.kind === 'text') return `${who} sends text.`
  if (message.kind === 'bytes') return `${who} sends bytes.`
  const schema = message.kind === 'json' ? jsonSchemaOf(message.schema, side) : undefined
  if (!schema) return `${who} sends ${message.kind === 'json' ? 'JSON' : 'text or bytes'}.`
  return `${who} sends JSON:\n\n\`\`\`json\n${JSON.stringify(schema, null, 2)}\n\`\`\``
}
