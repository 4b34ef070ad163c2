import { App, bytes, dependency, fail } from 'millrace'
import { z } from 'zod'

/** Stands for a connection to a database of users. */
class Session {
  isOpen = true

  readUser(id: number): { readonly id: number; readonly name: string } | undefined {
    return id === 1 ? { id, name: 'Rick' } : undefined
  }

  close(): void {
    this.isOpen = false
  }
}

export const app = new App({ compat: 'fastapi' })

const session = dependency(async function* () {
  const session = new Session()
  try {
    yield session
  } finally {
    session.close()
  }
})

const user = dependency({ query: z.object({ user_id: z.int() }), deps: { session } }, ({ query, session }) => {
  const user = session.readUser(query.user_id) ?? fail(403, 'Not authorized')
  // The answer takes its time, and needs no session any more.
  session.close()
  return user
})

const encoder = new TextEncoder()

/** Each line says whether the session is open while it is sent. */
export const generate = app.get(
  '/generate',
  { deps: { user, session }, response: bytes('text/plain; charset=utf-8') },
  async function* generate({ user, session }) {
    for (const letter of user.name) yield encoder.encode(`${letter} ${session.isOpen ? 'open' : 'closed'}\n`)
  },
)
