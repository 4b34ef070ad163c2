import { App, redirect } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const redirectFastapi = app.get('/fastapi', { status: 307 }, function redirectFastapi() {
  return redirect('https://fastapi.tiangolo.com')
})
