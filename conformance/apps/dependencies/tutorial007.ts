import { App, dependency } from 'millrace'

/** Stands for a connection to a database. */
export class Session {
  static readonly opened: Session[] = []
  isOpen = true

  constructor() {
    Session.opened.push(this)
  }

  close(): void {
    this.isOpen = false
  }
}

export const app = new App({ compat: 'fastapi' })

const db = dependency(async function* () {
  const session = new Session()
  try {
    yield session
  } finally {
    session.close()
  }
})

export const readItems = app.get('/items/', { deps: { db } }, function readItems({ db }) {
  return { is_open: db.isOpen }
})

export const failItems = app.post('/items/', { deps: { db } }, function failItems({ db }) {
  throw new Error(`The database is lost, and its session ${db.isOpen ? 'open' : 'closed'}`)
})
