import type { DatabaseSync } from 'node:sqlite'
import { fail } from 'millrace'
import type { User } from '../auth/user.ts'

/** An article, with the name of who wrote it. */
export interface Post {
  readonly id: number
  readonly title: string
  readonly body: string
  /** `YYYY-MM-DD HH:MM:SS`, UTC. */
  readonly created: string
  readonly author_id: number
  readonly username: string
}

const select = `SELECT p.id, title, body, created, author_id, username
  FROM post p JOIN user u ON p.author_id = u.id`

/** All of them, the newest first. */
export function allPosts(database: DatabaseSync): Post[] {
  return database.prepare(`${select} ORDER BY created DESC, p.id DESC`).all() as unknown as Post[]
}

/** @throws {HttpError} 404 where there is none, 403 where somebody else has written it */
export function postOf(database: DatabaseSync, id: number, author: User): Post {
  const post = database.prepare(`${select} WHERE p.id = ?`).get(id) as unknown as Post | undefined
  if (!post) fail(404, `Post id ${id} doesn't exist.`)
  if (post.author_id !== author.id) fail(403, 'Only its author may change a post')
  return post
}
