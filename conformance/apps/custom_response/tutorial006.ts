import { App, redirect } from 'millrace'

export const app = new App({ compat: 'fastapi' })

export const redirectTyper = app.get('/typer', function redirectTyper() {
  return redirect('https://typer.tiangolo.com')
})
