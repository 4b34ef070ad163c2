import { App, redirect } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const redirectPydantic = app.get('/pydantic', { status: 302 }, function redirectPydantic() {
  return redirect('https://docs.pydantic.dev/', 302)
})
