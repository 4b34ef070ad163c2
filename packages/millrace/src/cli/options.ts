import { type Command, InvalidArgumentError, Option } from 'commander'
import { defaultTransport, type TransportName, transportNames } from '../serve/transports.ts'

/**
 * Reads a file when its option is met, before the app is loaded. What is set already stays as it is. The name
 * `--env-file` is Node's, which looks for it in every argument.
 */
export function envFileOption(): Option {
  return new Option('--env <file>', 'sets variables from a file, those that are not set; may be repeated').argParser(
    (file: string) => {
      try {
        process.loadEnvFile(file)
      } catch (error) {
        throw new InvalidArgumentError(`It cannot be read: ${(error as Error).message}`)
      }
      return file
    },
  )
}

/** How connections come, for each command that serves; what is not given is as `app.listen` has it. */
export interface ConnectionOptions {
  readonly transport?: TransportName
  readonly backlog?: number
  /** Files in PEM, for HTTPS: both or none. */
  readonly tlsKey?: string
  readonly tlsCert?: string
}

export function withConnectionOptions(command: Command): Command {
  return command
    .addOption(transportOption())
    .addOption(
      new Option('--backlog <number>', 'connections that may wait to be accepted (default: 511)').argParser(toBacklog),
    )
    .option('--tls-key <file>', 'private key in PEM, for HTTPS')
    .option('--tls-cert <file>', 'its certificate in PEM, with those that vouch for it')
    .hook('preAction', (used) => {
      const { tlsKey, tlsCert } = used.opts<ConnectionOptions>()
      if ((tlsKey === undefined) !== (tlsCert === undefined))
        used.error('error: HTTPS needs a key and a certificate: give both --tls-key and --tls-cert.')
    })
}

function transportOption(): Option {
  return new Option('--transport <name>', `what reads the connections (default: '${defaultTransport}')`).choices(
    transportNames,
  )
}

function toBacklog(text: string): number {
  return toInteger(text, 1, 2 ** 31 - 1, 'A backlog')
}

export function toPort(text: string): number {
  return toInteger(text, 0, 65_535, 'A port')
}

export function toCount(text: string): number {
  return toInteger(text, 1, 1_024, 'The number of workers')
}

export function toMilliseconds(text: string): number {
  return toInteger(text, 0, 2 ** 31 - 1, 'A time')
}

export function toDescriptor(text: string): number {
  return toInteger(text, 0, 1_048_576, 'A file descriptor')
}

/** Octal, as of `chmod`. */
export function toFileMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new InvalidArgumentError('A mode has three digits from 0 to 7, such as 660.')
  return Number.parseInt(text, 8)
}

function toInteger(text: string, least: number, most: number, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most))
    throw new InvalidArgumentError(`${what} is a whole number from ${least} to ${most}.`)
  return value
}
