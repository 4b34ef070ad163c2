import { parseArgs } from 'node:util'
import { parseArgsStringToArgv } from 'string-argv'

/** A request as a `curl` command describes it. */
export interface CurlRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** Reads a `curl` command, and refuses options that it does not know rather than overlook them. */
export function parseCurl(command: string): CurlRequest {
  const [name, ...args] = parseArgsStringToArgv(command.replaceAll('\\\n', ' ').trim())
  if (name !== 'curl') throw new Error(`'${name}' is not curl`)
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      request: { type: 'string', short: 'X' },
      header: { type: 'string', short: 'H', multiple: true },
      data: { type: 'string', short: 'd', multiple: true },
      include: { type: 'boolean', short: 'i' },
      'no-buffer': { type: 'boolean', short: 'N' },
      silent: { type: 'boolean', short: 's' },
      head: { type: 'boolean', short: 'I' },
      globoff: { type: 'boolean', short: 'g' },
      user: { type: 'string', short: 'u' },
    },
  })
  const [url, ...others] = positionals
  if (url === undefined || others.length > 0) throw new Error(`curl needs one URL: ${command}`)
  const body = values.data?.join('&')
  const headers: Record<string, string> = { accept: '*/*' }
  if (body !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded'
  if (values.user !== undefined) headers['authorization'] = `Basic ${Buffer.from(values.user).toString('base64')}`
  for (const header of values.header ?? []) {
    const colon = header.indexOf(':')
    headers[header.slice(0, colon).trim().toLowerCase()] = header.slice(colon + 1).trim()
  }
  const method = values.request ?? (values.head ? 'HEAD' : body === undefined ? 'GET' : 'POST')
  return { method, url, headers, body }
}
