import { form, html, Router, redirect } from 'millrace'
import { z } from 'zod'
import { database } from '../database.ts'
import { hashPassword, isPassword } from '../passwords.ts'
import { listPosts } from '../posts/routes.ts'
import { web } from '../session.ts'
import { page } from '../views.ts'

export const auth = new Router({ prefix: '/auth' })

// What is missing is told on the page, so that the form takes anything.
const Credentials = z.object({ username: z.string().default(''), password: z.string().default('') })
const withSession = { page, database, session: web.session }

export const showRegister = auth.get('/register', { deps: { page }, response: html() }, ({ page }) =>
  page('auth/register.html'),
)

export const register = auth.post(
  '/register',
  { body: form(Credentials), deps: withSession, response: html() },
  async ({ body: { username, password }, database, session, page, urlFor }) => {
    const tell = (error: string) => {
      session.flash(error)
      return page('auth/register.html', { username })
    }
    if (username === '') return tell('Username is required.')
    if (password === '') return tell('Password is required.')
    const { changes } = database
      .prepare('INSERT INTO user (username, password) VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(username, await hashPassword(password))
    if (changes === 0) return tell(`User ${username} is already registered.`)
    return redirect(urlFor(showLogin), 303)
  },
)

export const showLogin = auth.get('/login', { deps: { page }, response: html() }, ({ page }) => page('auth/login.html'))

export const login = auth.post(
  '/login',
  { body: form(Credentials), deps: withSession, response: html() },
  async ({ body: { username, password }, database, session, page, urlFor }) => {
    const found = database.prepare('SELECT id, password FROM user WHERE username = ?').get(username) as
      | { readonly id: number; readonly password: string }
      | undefined
    const error = !found
      ? 'Incorrect username.'
      : (await isPassword(password, found.password))
        ? undefined
        : 'Incorrect password.'
    if (!found || error) {
      session.flash(error ?? '')
      return page('auth/login.html', { username })
    }
    session.clear()
    session.set('user_id', found.id)
    return redirect(urlFor(listPosts), 303)
  },
)

export const logout = auth.post('/logout', { deps: { session: web.session } }, ({ session, urlFor }) => {
  session.clear()
  return redirect(urlFor(listPosts), 303)
})
