import type { SocketPlan } from '../plan/socketPlan.ts'
import { compact, isObject, type JsonObject } from './objects.ts'
import { type Common, describeOperation } from './operation.ts'
import { pathVariants } from './paths.ts'
import { describeMessages, messageSchema } from './socketMessages.ts'
import { capitalize } from './words.ts'

/**
 * Adds WebSockets to the paths of a document. OpenAPI has no word for them: the handshake is a GET, which every
 * viewer shows, and `x-websocket` has the schemas of the messages. Where an operation answers GET, too, the
 * whole stands under `x-websocket` of the path.
 */
export function addSockets(paths: JsonObject, plans: readonly SocketPlan[], common: Common): void {
  for (const plan of plans) {
    const [variant] = pathVariants(plan.segments)
    if (!variant) continue
    const known = paths[variant.template]
    const item: JsonObject = isObject(known) ? known : {}
    paths[variant.template] = item
    item[item['get'] === undefined ? 'get' : 'x-websocket'] = describeSocket(plan, variant.names, common)
  }
}

function describeSocket(plan: SocketPlan, names: readonly string[], common: Common): JsonObject {
  const { docs, receive, send, subprotocols } = plan
  const description = [docs.description, describeMessages(plan)].filter(Boolean).join('\n\n')
  const operation = describeOperation(
    { ...plan, status: 101, docs: { ...docs, description } },
    {
      ...common,
      names,
      pathNames: names,
      operationId: docs.operationId,
      isOutgoing: false,
      sides: { request: 'input', response: 'output' },
    },
  )
  const responses = operation['responses'] as JsonObject
  responses['101'] = { description: 'From here on both sides send messages' }
  const hint = capitalize(docs.operationId)
  operation['x-websocket'] = compact({
    receive: messageSchema(receive, 'input', common.components, `${hint}Receive`),
    send: messageSchema(send, 'output', common.components, `${hint}Send`),
    subprotocols: subprotocols.length > 0 ? subprotocols : undefined,
  })
  return operation
}
