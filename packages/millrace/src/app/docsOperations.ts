import { docsPlanOf } from '../describe/docsOptions.ts'
import { docsPages } from '../describe/pages.ts'
import type { Definition, Level } from '../plan/definition.ts'
import type { Dependencies } from '../plan/dependency.ts'
import { inheritedFrom } from '../plan/inherited.ts'
import { readPath } from '../plan/path.ts'
import type { AppOptions } from './appOptions.ts'

/** The docs pages of an app as operations: with its middleware and error handlers, and nothing else that it gives to its own. */
export function docsOperations(
  docs: AppOptions<Dependencies>['docs'],
  sources: Parameters<typeof docsPages>[1],
  level: Level,
  answersHead: boolean,
): Definition[] {
  const inherited = inheritedFrom([
    { ...level, deps: {}, responses: {}, defaultResponse: undefined, tags: [], docs: {} },
  ])
  // Where GET does not answer HEAD by itself, it is an operation, too.
  const methods = answersHead ? ['GET'] : ['GET', 'HEAD']
  return docsPages(docsPlanOf(docs), sources).flatMap(({ path, handler }) =>
    methods.map((method) => ({ method, ...readPath(path), handler, spec: { hidden: true }, inherited })),
  )
}
