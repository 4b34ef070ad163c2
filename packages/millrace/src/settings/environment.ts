import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { StartupError } from '../errors/StartupError.ts'

/** Variables by their names. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The variables of an environment, before those of files; of files the last comes first. */
export function readEnvironment(env: Environment, files: readonly string[]): Environment {
  // Variables may have any name, also that of something every object has.
  const all: Record<string, string | undefined> = Object.create(null)
  for (const file of files) Object.assign(all, readFile(file))
  for (const name in env) if (env[name] !== undefined) all[name] = env[name]
  return all
}

function readFile(file: string): Environment {
  try {
    return parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new StartupError('invalid_settings', `The settings in ${file} cannot be read`, { cause: error })
  }
}
