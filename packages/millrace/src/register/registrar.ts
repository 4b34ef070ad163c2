import type { Callable, Dependencies } from '../plan/dependency.ts'
import type { Entry } from './entry.ts'
import type { HttpMethod, Operation, Register, RegisterRoute, Spec } from './operation.ts'
import { readOperation, refuseMethods } from './readOperation.ts'
import type { RegisterSocket, SocketOperation, SocketSpec } from './socketOperation.ts'

/** Makes the functions by which the operations of a router are registered. */
export class Registrar<Prefix extends string, D extends Dependencies> {
  readonly #prefix: string
  readonly #add: (entry: Entry) => void

  constructor(prefix: string, add: (entry: Entry) => void) {
    this.#prefix = prefix
    this.#add = add
  }

  /** For one method. */
  ofMethod<M extends HttpMethod>(method: M): Register<M, Prefix, D> {
    const register = (path: string, second: Spec | Callable, third?: Callable): Operation =>
      this.#register(method, path, second, third)
    // The overloads of Register cannot be told from the values; the body above takes all of them.
    return register as unknown as Register<M, Prefix, D>
  }

  /** For several methods at once. */
  ofRoute(): RegisterRoute<Prefix, D> {
    const register = (methods: readonly HttpMethod[], path: string, second: Spec | Callable, third?: Callable) => {
      refuseMethods(methods, path, second)
      return methods.map((method) => this.#register(method, path, second, third))
    }
    // As above.
    return register as unknown as RegisterRoute<Prefix, D>
  }

  ofSocket(): RegisterSocket<Prefix, D> {
    const register = (path: string, second: SocketSpec | Callable, third?: Callable): SocketOperation => {
      const { segments, ...given } = readOperation('WS', this.#prefix, path, second, third)
      const socket: SocketOperation = Object.freeze({ kind: 'socket', method: 'WS', ...given })
      this.#add({ kind: 'socket', socket, segments, ...registeredHere() })
      return socket
    }
    // As above.
    return register as unknown as RegisterSocket<Prefix, D>
  }

  #register(method: HttpMethod, path: string, second: Spec | Callable, third?: Callable): Operation {
    const { segments, ...given } = readOperation(method, this.#prefix, path, second, third)
    const operation: Operation = Object.freeze({ kind: 'operation', method, ...given })
    this.#add({ kind: 'operation', operation, segments, ...registeredHere() })
    return operation
  }
}

/** Under `millrace dev`, where in the user's code that is. */
function registeredHere(): { readonly at?: Error } {
  return process.env['MILLRACE_ENV'] === 'development' ? { at: new Error('Registered') } : {}
}
