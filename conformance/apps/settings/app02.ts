import { App, settings } from 'millrace'
import { z } from 'zod'

const config = settings(
  z.object({
    app_name: z.string().default('Awesome API'),
    admin_email: z.string(),
    items_per_user: z.int().default(50),
  }),
)

export const app = new App({ compat: 'fastapi' })

export const info = app.get('/info', { deps: { config } }, function info({ config }) {
  return config
})

/** The app as tests see it: settings are a dependency like any other. */
export const testApp = app.with({
  overrides: [
    [config, () => ({ app_name: 'Awesome API', admin_email: 'testing_admin@example.com', items_per_user: 50 })],
  ],
})
