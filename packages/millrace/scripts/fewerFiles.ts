import type { OutputChunk, Plugin } from 'rolldown'

/** A file that does nothing but pass on what another exports. */
const passing = /^export \{ ((?:(?! as )[^}])+) \} from "\.\/([^"]+)";\s*$/

/** What rolldown's helpers are in, for packages that are CommonJS. */
const helpers = 'rolldown-runtime.js'

/** Leaves out files that are not worth the time that it takes to find and open them: some half a millisecond each. */
export function fewerFiles(): Plugin {
  return {
    name: 'fewer files',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      for (const chunk of chunks) {
        const [, , target] = (!chunk.isEntry && passing.exec(chunk.code)) || []
        if (target === undefined) continue
        for (const other of chunks)
          other.code = other.code.replace(/(\bimport\("(?:\.\.?\/)+)([^"]+)/g, (found, way: string, file: string) =>
            file === chunk.fileName ? way + target : found,
          )
        const user = chunks.find((other) => other !== chunk && other.code.includes(`/${chunk.fileName}"`))
        if (user) throw new Error(`${user.fileName} loads ${chunk.fileName} in another way`)
        delete bundle[chunk.fileName]
      }
      putHelpersIn(chunks, () => delete bundle[helpers])
    },
  }
}

/** Into the one file that needs them, in its first line, so that its source map holds. */
function putHelpersIn(chunks: readonly OutputChunk[], remove: () => void): void {
  const found = chunks.find(({ fileName }) => fileName === helpers)
  const [user, another] = chunks.filter(({ imports }) => imports.includes(helpers))
  if (!found || !user || another) return
  const code = found.code.replace(/^\/\/.*$|^export .*$/gm, '').replace(/\s*\n\s*/g, ' ')
  user.code = user.code.replace(`import { ${found.exports.join(', ')} } from "./${helpers}";`, () => code.trim())
  if (user.code.includes(helpers)) throw new Error(`${user.fileName} imports ${helpers} in another form`)
  remove()
}
