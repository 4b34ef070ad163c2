import type { Ask, FromHost, SharedError, ToHost } from './messages.ts'

/** Set for processes whose parent has the models. */
const hostVariable = 'MILLRACE_MODEL_HOST'

/** What a parent adds to the environment of the processes for which it has the models. */
export const hostEnvironment: Readonly<Record<string, string>> = { [hostVariable]: '1' }

/** Whether the parent of this process has the models. */
export function hasModelHost(): boolean {
  return process.env[hostVariable] === '1' && process.send !== undefined
}

type Answer = (message: FromHost) => void

/** Who waits for what the parent answers, by the id of the question. */
const answers = new Map<number, Answer>()
let nextId = 1
let isListening = false

/**
 * Asks the parent, and calls `onAnswer` with what comes back until {@link forget} or {@link drop}. Returns the id of the
 * question.
 *
 * @throws when the question has what cannot travel between processes, such as a function
 */
export function ask(model: string, question: Ask, onAnswer: Answer): number {
  if (!isListening) listen()
  const id = nextId++
  answers.set(id, onAnswer)
  if (!process.connected) queueMicrotask(() => tellOfEnd(id))
  else
    try {
      tell({ kind: 'model', model, id, ask: question })
    } catch (error) {
      answers.delete(id)
      throw error
    }
  return id
}

/** Asks for so many more pieces of a stream. */
export function pull(id: number, pieces: number): void {
  tell({ kind: 'modelPull', id, pieces })
}

/** Listens no longer for what comes back. */
export function forget(id: number): void {
  answers.delete(id)
}

/** Gives up a call, or a slot, and tells the parent so. */
export function drop(id: number): void {
  forget(id)
  tell({ kind: 'modelDrop', id })
}

function listen(): void {
  isListening = true
  process.on('message', (message: FromHost) => {
    if (message?.kind === 'model') answers.get(message.id)?.(message)
  })
  process.on('disconnect', () => {
    for (const id of [...answers.keys()]) tellOfEnd(id)
  })
}

function tellOfEnd(id: number): void {
  answers.get(id)?.({ kind: 'model', id, error: ended })
}

const ended: SharedError = {
  name: 'Error',
  message: 'The process with the models has ended',
  stack: undefined,
  status: 503,
  code: 'model_unavailable',
  headers: undefined,
  cause: undefined,
  isLogged: false,
}

function tell(message: ToHost): void {
  if (process.connected) process.send?.(message)
}
