import { dependency, fail } from 'millrace'
import { database } from '../database.ts'
import { web } from '../session.ts'

/** Somebody who has registered. */
export interface User {
  readonly id: number
  readonly username: string
}

/** Who has signed in, if anybody has. */
export const user = dependency({ deps: { database, session: web.session } }, ({ database, session }) => {
  const id = session.get('user_id')
  if (id === undefined) return undefined
  return database.prepare('SELECT id, username FROM user WHERE id = ?').get(id) as User | undefined
})

/** Whoever has signed in; others are sent to the login page (`app.ts`). */
export const signedIn = dependency({ guard: true, deps: { user } }, ({ user }) => user ?? fail(401, 'Log in first'))
