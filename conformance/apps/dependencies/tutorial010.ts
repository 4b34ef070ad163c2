import { App, dependency } from 'millrace'

/** What a context manager is in Python: something that says itself how it is closed. */
export class Session implements Disposable {
  static readonly opened: Session[] = []
  isOpen = true

  constructor() {
    Session.opened.push(this)
  }

  [Symbol.dispose](): void {
    this.isOpen = false
  }
}

export const app = new App({ compat: 'fastapi' })

const db = dependency(function* () {
  using session = new Session()
  yield session
})

export const readItems = app.get('/items/', { deps: { db } }, function readItems({ db }) {
  return { is_open: db.isOpen }
})
