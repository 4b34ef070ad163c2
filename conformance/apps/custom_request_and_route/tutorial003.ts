import { App, type Middleware, Router } from 'millrace'

export const app = new App({ compat: 'fastapi' })

const timed: Middleware = async (context, next) => {
  const before = performance.now()
  const answer = await next()
  const seconds = (performance.now() - before) / 1000
  answer.headers.set('x-response-time', String(seconds))
  context.log.info('route duration', { seconds })
}

const router = new Router({ use: [timed] })

export const notTimed = app.get('/', function notTimed() {
  return { message: 'Not timed' }
})

export const timedOperation = router.get('/timed', function timed() {
  return { message: "It's the time of my life" }
})

app.include(router)
