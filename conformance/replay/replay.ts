import { isDeepStrictEqual } from 'node:util'
import { type Circumstances, circumstancesOf } from './circumstances.ts'
import { compareCase, type Followed, type Verdict } from './compare.ts'
import { type Sent, type Served, serve, type TransportName } from './exchange.ts'
import { makePort } from './ports.ts'
import { bytesOf, type RecordedApp, type RecordedCase } from './recording.ts'

/** What FastAPI's test client sends by itself. */
const clientHeaders = {
  accept: '*/*',
  'accept-encoding': 'gzip, deflate',
  connection: 'keep-alive',
  'user-agent': 'testclient',
}

/** A case as it went over one transport. */
export interface Outcome {
  readonly transport: TransportName
  /** From 1, as in the recording. */
  readonly number: number
  readonly verdicts: readonly Verdict[]
}

/** Replays an app in the recorded order over one transport, with its state anew. */
export async function replayApp(app: RecordedApp, transport: TransportName): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let running: { readonly setting: Setting; readonly served: Served } | undefined
  try {
    for (const [index, recorded] of app.cases.entries()) {
      const number = index + 1
      const circumstances = circumstancesOf(app.name, number)
      const { origin = 'http://testserver', environment = {}, exported = 'app' } = circumstances
      const setting: Setting = { scheme: new URL(origin).protocol as Scheme, environment, exported }
      if (!running || !isDeepStrictEqual(running.setting, setting)) {
        await running?.served.close()
        running = { setting, served: await serveWith(app.name, transport, setting) }
      }
      const verdicts = await replayCase(recorded, running.served, circumstances)
      outcomes.push({ transport, number, verdicts })
    }
  } finally {
    await running?.served.close()
  }
  return outcomes
}

/** What an app is made with, and anew where it differs. */
interface Setting {
  readonly scheme: Scheme
  readonly environment: Readonly<Record<string, string>>
  readonly exported: string
}

type Scheme = 'http:' | 'https:'

async function serveWith(
  name: string,
  transport: TransportName,
  { scheme, environment, exported }: Setting,
): Promise<Served> {
  const before = { ...process.env }
  Object.assign(process.env, environment)
  try {
    return await serve(await makePort(name, exported), transport, scheme)
  } catch (error) {
    // A port that does not start answers nothing, and the other apps are replayed all the same.
    return { send: () => Promise.reject(error), close: async () => undefined }
  } finally {
    for (const variable of Object.keys(environment)) {
      if (before[variable] === undefined) delete process.env[variable]
      else process.env[variable] = before[variable]
    }
  }
}

async function replayCase(recorded: RecordedCase, served: Served, circumstances: Circumstances): Promise<Verdict[]> {
  const { origin = 'http://testserver', headers = {}, sets = [] } = circumstances
  const sent: Sent = {
    method: recorded.method,
    url: new URL(origin + recorded.path),
    headers: { ...clientHeaders, ...recorded.headers, ...headers },
    body: bytesOf(recorded.body),
  }
  const followed = await follow(served, sent, recorded.redirects.length).catch(noAnswer)
  return compareCase(recorded, followed, sets)
}

function noAnswer(error: unknown): Followed {
  return { status: 0, headers: new Headers(), body: Buffer.from(`No answer: ${error}`), redirects: [] }
}

/** Follows redirects as far as the recorded test has been redirected. */
async function follow(served: Served, sent: Sent, limit: number): Promise<Followed> {
  const redirects: [status: number, location: string][] = []
  let { url } = sent
  for (;;) {
    const received = await served.send({ ...sent, url })
    const location = received.headers.get('location')
    if (location === null || redirects.length === limit) return { ...received, redirects }
    url = new URL(location, url)
    redirects.push([received.status, url.href])
  }
}
