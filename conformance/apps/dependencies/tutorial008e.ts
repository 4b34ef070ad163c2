import { App, dependency } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const username = dependency({ scope: 'handler' }, async function* () {
  try {
    yield 'Rick'
  } finally {
    console.log('Cleanup up before response is sent')
  }
})

export const getUserMe = app.get('/users/me', { deps: { username } }, function getUserMe({ username }) {
  return username
})
