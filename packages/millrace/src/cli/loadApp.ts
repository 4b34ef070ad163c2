import { pathToFileURL } from 'node:url'
import type { App } from '../app/app.ts'
import { CliError } from './CliError.ts'
import { shown } from './entry.ts'

/**
 * Imports an entry and takes the app out of it: the export called `name`; without a name `app`, the default
 * export, or the only app that it exports; else what the function `createApp` makes. A function that is named, or
 * is the default export, is called for the app as well.
 *
 * @throws {CliError} when there is no such app, and whatever the entry itself throws
 */
export async function loadApp(entry: string, name?: string): Promise<App> {
  const exported = (await import(pathToFileURL(entry).href)) as Record<string, unknown>
  if (name !== undefined) return await named(exported, entry, name)
  const apps = Object.entries(exported).filter((pair): pair is [string, App] => isApp(pair[1]))
  const found = ['app', 'default'].map((key) => apps.find(([exportName]) => exportName === key)).find(Boolean)
  if (found) return found[1]
  if (apps.length === 1) return (apps[0] as [string, App])[1]
  if (apps.length > 1)
    throw new CliError(
      'entry',
      `${shown(entry)} exports several apps: ${apps.map(([key]) => key).join(', ')}. Choose one with --app.`,
    )
  const factory = ['createApp', 'default'].find((key) => isFactory(exported[key]))
  if (factory !== undefined) return await madeBy(exported[factory], entry, factory)
  throw missing(exported, entry, undefined)
}

async function named(exported: Record<string, unknown>, entry: string, name: string): Promise<App> {
  const value = exported[name]
  if (isApp(value)) return value
  if (isFactory(value)) return await madeBy(value, entry, name)
  throw missing(exported, entry, name)
}

async function madeBy(factory: unknown, entry: string, name: string): Promise<App> {
  const made = await (factory as () => unknown)()
  if (isApp(made)) return made
  throw new CliError('entry', `The function '${name}' of ${shown(entry)} does not return a Millrace app.`)
}

function missing(exported: Record<string, unknown>, entry: string, name: string | undefined): CliError {
  const names = Object.keys(exported)
  const has = names.length === 0 ? 'It exports nothing.' : `It exports: ${names.join(', ')}.`
  const what = name === undefined ? 'no Millrace app' : `no Millrace app called '${name}'`
  return new CliError(
    'entry',
    `${shown(entry)} exports ${what}. ${has}\nWrite, for instance: export const ${name ?? 'app'} = new App()`,
  )
}

/** Something that can be called; a class cannot. */
function isFactory(value: unknown): boolean {
  return typeof value === 'function' && !Function.prototype.toString.call(value).startsWith('class')
}

/** By its shape, not its class: the entry may use another copy of the package than the command line does. */
function isApp(value: unknown): value is App {
  if (typeof value !== 'object' || value === null) return false
  const { listen, openapi, handle, '~entries': entries, '~options': options } = value as Record<string, unknown>
  const isCallable = [listen, openapi, handle].every((method) => typeof method === 'function')
  return isCallable && Array.isArray(entries) && typeof options === 'object'
}
