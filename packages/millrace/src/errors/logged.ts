const logged = new WeakSet<Error>()

/** Keeps an error that answers many requests from being logged by each of them: it has been, with how many there are. */
export function markLogged(error: Error): void {
  logged.add(error)
}

/** Whether the error has been logged for all who get it. */
export function isLogged(error: unknown): boolean {
  return error instanceof Error && logged.has(error)
}
