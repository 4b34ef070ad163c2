import { codedError } from '../../errors/codedError.ts'
import { InputError } from '../../errors/InputError.ts'
import { type HandshakeRules, standardHandshake } from '../../socket/handshakeRules.ts'

/** Inputs that are not valid close a WebSocket with 1008; before it is accepted that is a bare 403 on the wire. */
export const fastapiHandshake: HandshakeRules = {
  refusalOf: (error) =>
    error instanceof InputError
      ? codedError('handshake_refused', 'Forbidden', { cause: error })
      : standardHandshake.refusalOf(error),
}
