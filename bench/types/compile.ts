import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const mostMs = 60_000

/** How much the compiler has worked for a project, or why it could not end. */
export interface Compiled {
  readonly instantiations: number
  readonly seconds: number
  readonly memoryMb: number
  /** The first error, such as `TS2589`, with which the compiler gives up. */
  readonly error?: string
}

/** Compiles a project. One checker: several would each work out what they share, and all of it would be counted. */
export async function compile(project: string): Promise<Compiled> {
  const args = [compiler, '-p', project, '--pretty', 'false', '--extendedDiagnostics', '--singleThreaded']
  // Its own group: what `tsc` starts is the compiler itself, and has to end with it.
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (piece) => (output += piece))
  const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), mostMs)
  const [code, signal] = await once(child, 'close')
  clearTimeout(timer)
  if (signal !== null) return { ...gaveUp, error: `not within ${mostMs / 1_000} s` }
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(output)?.[1])
  const found = {
    instantiations: number('Instantiations'),
    seconds: number('Total time'),
    memoryMb: number('Memory used') / 1024,
  }
  if (Number.isNaN(found.instantiations)) throw new Error(`tsc ended with ${code}: ${output.slice(0, 500)}`)
  const error = /error (TS\d+)/.exec(output)?.[1]
  return error === undefined ? found : { ...found, error }
}

const gaveUp = { instantiations: Number.NaN, seconds: Number.NaN, memoryMb: Number.NaN }
