import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Schema } from './schema.ts'

/** The parts of zod that Millrace uses beyond Standard Schema, where they apply. */
export interface Zod {
  readonly compile?: (schema: Schema) => Schema
  readonly config: () => { readonly jitless?: boolean }
  readonly toJSONSchema: (schema: Schema, options: Readonly<Record<string, unknown>>) => Record<string, unknown>
  readonly core: { readonly version: ZodVersion }
}

interface ZodVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

let loaded: Zod | null | undefined

/** zod, for a schema that was made by the very version that can be loaded here; `undefined` for all others. */
export function zodOf(schema: Schema): Zod | undefined {
  if (schema['~standard'].vendor !== 'zod') return undefined
  const version = (schema as { _zod?: { version?: ZodVersion } })._zod?.version
  loaded ??= load()
  const known = loaded?.core.version
  const isSame =
    version !== undefined &&
    version.major === known?.major &&
    version.minor === known.minor &&
    version.patch === known.patch
  return isSame && loaded ? loaded : undefined
}

/**
 * Millrace does not depend on zod; an app that uses it has installed it. `zod` is zod 3 in its versions 3.25,
 * which have zod 4 under another name; before them there was none.
 *
 * What is required is the ES module that the app has imported, which is there already: `require('zod')` would load
 * all of zod a second time, as CommonJS.
 */
function load(): Zod | null {
  const require = createRequire(import.meta.url)
  for (const name of ['zod', 'zod/v4'])
    try {
      const found = require(fileURLToPath(import.meta.resolve(name))) as Partial<Zod>
      if (found.core?.version && found.toJSONSchema && found.config) return found as Zod
    } catch {
      // Not there, or not under this name.
    }
  return null
}
