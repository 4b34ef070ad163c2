import { App, redirect } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const getPortal = app.get(
  '/portal',
  { query: z.object({ teleport: z.boolean().default(false) }) },
  function getPortal({ query }) {
    if (query.teleport) return redirect('https://www.youtube.com/watch?v=dQw4w9WgXcQ')
    return { message: "Here's your interdimensional portal." }
  },
)
