import assert from 'node:assert/strict'
import { type Ask, type Workload, workloads } from './workloads.ts'

/**
 * Asks a server everything once, so that nothing is measured that answers wrongly.
 *
 * @throws {AssertionError} for a wrong answer, or for faulty input that is not refused with a 4xx
 */
export async function verify(name: string, port: number): Promise<void> {
  for (const workload of workloads) {
    await verifyAnswer(name, port, workload)
    for (const ask of workload.refused) {
      const { status } = await send(port, ask)
      const what = `${name} answers ${status} to the faulty ${ask.method} ${ask.path} ${ask.body ?? ''}`
      assert.ok(status >= 400 && status < 500, what)
    }
  }
}

async function verifyAnswer(name: string, port: number, { request, expected }: Workload): Promise<void> {
  const response = await send(port, request)
  assert.equal(response.status, 200, `${name} answers ${response.status} to ${request.method} ${request.path}`)
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
  assert.deepEqual(await response.json(), expected, `${name} answers ${request.method} ${request.path} wrongly`)
}

function send(port: number, { method, path, body }: Ask): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`http://127.0.0.1:${port}${path}`, { method, ...(body === undefined ? {} : { body, headers }) })
}
