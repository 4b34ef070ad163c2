import { App, dependency, fail } from 'millrace'
import { z } from 'zod'

const signedIn = dependency({ cookies: z.object({ session: z.string().nullish() }) }, ({ cookies }) => {
  if (!cookies.session) fail(401, 'Not authenticated')
})

/** The front end is an operation like any other: what the app asks for holds for it as well. */
export const app = new App({ compat: 'fastapi', deps: { signedIn } })

app.frontend('/', { directory: new URL('./site', import.meta.url), fallback: null })
