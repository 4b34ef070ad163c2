import { bindNames } from '../depend/resolver.ts'
import { codedError } from '../errors/codedError.ts'
import { WebSocketError } from '../errors/WebSocketError.ts'
import type { RequestContext } from '../input/context.ts'
import type { SocketPlan } from '../plan/socketPlan.ts'
import type { ReplyRules } from '../reply/replyRules.ts'
import { compileCore, type Stages } from '../run/core.ts'
import type { ErrorAnswerer } from '../run/errors.ts'
import type { Core } from '../run/middleware.ts'
import type { MaybePromise } from '../serve/maybePromise.ts'
import type { Upgrade } from '../serve/upgrade.ts'
import { HandlerSocket } from './handlerSocket.ts'
import { refuseHandshake } from './handshake.ts'
import { makeWsServer } from './openWs.ts'
import type { WsServer } from './package.ts'
import { compileReadMessage } from './readMessage.ts'
import { Session, type SessionHost } from './session.ts'
import { compileWriteMessage } from './writeMessage.ts'

/** What a WebSocket takes from the app. */
export interface SocketParts {
  /** Of any operation: guards, checks, dependencies. */
  readonly preparation: Stages['preparation']
  readonly answerError: ErrorAnswerer
  readonly replies: ReplyRules
}

/**
 * Compiles the way of a handshake: that of any request, with guards, checks and dependencies, up to the answer that
 * hands the connection over. What fails before is answered as it is for any operation.
 */
export function compileSocket(plan: SocketPlan, { preparation, answerError, replies }: SocketParts): Core {
  const fromError: ErrorAnswerer = (error, context) => answerError(refusalOf(error), context)
  let server: WsServer | undefined
  const open = compileSession({
    plan,
    read: compileReadMessage(plan),
    write: compileWriteMessage(plan, replies),
    server: () => (server ??= makeWsServer(plan)),
    handler: plan.handler,
  })
  const core = compileCore({
    preparation,
    bindNames: bindNames(plan),
    handler: open,
    encode: (answer) => answer as ReturnType<Core>,
    fromError,
    swallowed: 'told',
  })
  return (context) => {
    const refusal = refuseHandshake(context, plan)
    return refusal ? fromError(refusal, context) : core(context)
  }
}

/** What is answered for an error before the handshake is accepted: there is nothing to close yet. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof WebSocketError)) return error
  return codedError('handshake_refused', error.reason || 'The server has not accepted this WebSocket', { cause: error })
}

/** Compiles the last step of a handshake: what a handler is for any other operation. */
function compileSession(host: SessionHost): (context: RequestContext) => MaybePromise<Upgrade> {
  return (context) => {
    const session = new Session(host, context)
    context['~holdStream'](session)
    // Of this kind of operation alone: other contexts have none.
    Object.assign(context, { socket: new HandlerSocket(session) })
    return session.begin()
  }
}
