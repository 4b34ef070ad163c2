import type { Core } from '../run/middleware.ts'
import { Answer } from '../serve/answer.ts'
import { HeaderList } from '../serve/headers.ts'
import type { Lifecycle } from './lifecycle.ts'

/** `/livez`: the process answers. `/readyz`: the app does, and all that it needs. */
export function healthChecks(lifecycle: Lifecycle): Record<string, Core> {
  const answer = (status: number, told: string) => {
    const headers = HeaderList['~of']('content-type', 'application/json', 'cache-control', 'no-store')
    return new Answer(status, headers, JSON.stringify({ status: told }))
  }
  return {
    '/livez': () => answer(200, 'alive'),
    '/readyz': () => {
      const { state, appValues } = lifecycle
      const isDown = state === 'ready' && [...appValues.keys()].some(({ isReady }) => isReady?.() === false)
      return answer(state === 'ready' && !isDown ? 200 : 503, isDown ? 'down' : state)
    },
  }
}
