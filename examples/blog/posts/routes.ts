import { form, html, Router, redirect } from 'millrace'
import { z } from 'zod'
import { signedIn } from '../auth/user.ts'
import { database } from '../database.ts'
import { web } from '../session.ts'
import { page } from '../views.ts'
import { allPosts, postOf } from './posts.ts'

export const posts = new Router()

const Id = z.object({ id: z.int().positive() })
const Draft = z.object({ title: z.string().default(''), body: z.string().default('') })
const author = { author: signedIn, database, page, session: web.session }

export const listPosts = posts.get('/', { deps: { database, page }, response: html() }, ({ database, page }) =>
  page('posts/index.html', { posts: allPosts(database) }),
)

export const showCreate = posts.get('/create', { deps: { author: signedIn, page }, response: html() }, ({ page }) =>
  page('posts/create.html'),
)

export const create = posts.post(
  '/create',
  { body: form(Draft), deps: author, response: html() },
  async ({ body: draft, author, database, session, page, urlFor }) => {
    if (draft.title === '') {
      session.flash('Title is required.')
      return page('posts/create.html', { draft })
    }
    database
      .prepare('INSERT INTO post (title, body, author_id) VALUES (?, ?, ?)')
      .run(draft.title, draft.body, author.id)
    return redirect(urlFor(listPosts), 303)
  },
)

export const showUpdate = posts.get(
  '/:id/update',
  { params: Id, deps: author, response: html() },
  ({ params, author, database, page }) => page('posts/update.html', { post: postOf(database, params.id, author) }),
)

export const update = posts.post(
  '/:id/update',
  { params: Id, body: form(Draft), deps: author, response: html() },
  async ({ params, body: draft, author, database, session, page, urlFor }) => {
    const post = postOf(database, params.id, author)
    if (draft.title === '') {
      session.flash('Title is required.')
      return page('posts/update.html', { post, draft })
    }
    database.prepare('UPDATE post SET title = ?, body = ? WHERE id = ?').run(draft.title, draft.body, post.id)
    return redirect(urlFor(listPosts), 303)
  },
)

export const remove = posts.post(
  '/:id/delete',
  { params: Id, deps: author },
  ({ params, author, database, urlFor }) => {
    database.prepare('DELETE FROM post WHERE id = ?').run(postOf(database, params.id, author).id)
    return redirect(urlFor(listPosts), 303)
  },
)
