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
    '/readyz': async () => {
      const { appValues } = lifecycle
      const asked = lifecycle.state === 'ready' ? [...appValues.keys()].map(({ isReady }) => isReady?.()) : []
      const isDown = (await Promise.all(asked)).includes(false)
      // It may have begun to stop meanwhile.
      const { state } = lifecycle
      const told = state === 'ready' && isDown ? 'down' : state
      return answer(told === 'ready' ? 200 : 503, told)
    },
  }
}
