import { App, settings } from 'millrace'
import { z } from 'zod'

const config = settings(
  z.object({
    app_name: z.string().default('Awesome API'),
    admin_email: z.string(),
    items_per_user: z.int().default(50),
  }),
  { files: ['.env'] },
)

export const app = new App({ compat: 'fastapi' })

export const info = app.get('/info', { deps: { config } }, function info({ config }) {
  return config
})
