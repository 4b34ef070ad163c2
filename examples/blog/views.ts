import { join } from 'node:path'
import { dependency } from 'millrace'
import { nunjucks, templates } from 'millrace/templates'
import { user } from './auth/user.ts'
import { web } from './session.ts'

const views = templates({ engine: nunjucks(), directory: join(import.meta.dirname, 'views') })

/** Renders a page, with who has signed in and what there is to tell them. */
export const page = dependency(
  { deps: { render: views, user, session: web.session } },
  ({ render, user, session }) =>
    (name: string, values: Readonly<Record<string, unknown>> = {}) =>
      render(name, { user, messages: session.flashed().map(({ message }) => message), ...values }),
)

export { views }
