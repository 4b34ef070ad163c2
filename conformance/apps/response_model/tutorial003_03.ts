import { App, redirect } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const getTeleport = app.get('/teleport', function getTeleport() {
  return redirect('https://www.youtube.com/watch?v=dQw4w9WgXcQ')
})
