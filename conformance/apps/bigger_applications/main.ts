import { App } from 'millrace'
import { queryToken, tokenHeader } from './dependencies.ts'
import { admin } from './internal/admin.ts'
import { items } from './routers/items.ts'
import { users } from './routers/users.ts'

export const app = new App({ compat: 'fastapi', deps: { queryToken } })

app.include(users)
app.include(items)
app.include(admin, {
  prefix: '/admin',
  tags: ['admin'],
  deps: { tokenHeader },
  responses: { 418: { description: "I'm a teapot" } },
})

export const root = app.get('/', function root() {
  return { message: 'Hello Bigger Applications!' }
})
