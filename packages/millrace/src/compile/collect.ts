import type { Definition, Level } from '../plan/definition.ts'
import { type Inherited, inheritedFrom } from '../plan/inherited.ts'
import { joinPath, type ReadPath, readPath, type Segment } from '../plan/path.ts'
import type { SocketDefinition } from '../plan/socketPlan.ts'
import type { Entry, MountHandler } from '../register/entry.ts'
import { levelsOf, walk } from '../register/walk.ts'
import type { Mountable } from '../run/mountable.ts'
import { type Mount, mountOf } from './mount.ts'

/** A part of an app that begins at a prefix: what its routers have in common answers where nothing stands. */
export interface Section {
  readonly prefix: string
  readonly levels: readonly Level[]
}

/** A front end, where it stands in the app. */
export interface PlacedFrontend {
  readonly path: string
  readonly frontend: Mountable
  readonly inherited: Inherited
}

/** What has been registered, by kind. */
export interface Collected {
  readonly definitions: readonly Definition[]
  readonly sockets: readonly SocketDefinition[]
  readonly mounts: readonly Mount[]
  readonly frontends: readonly PlacedFrontend[]
  readonly sections: readonly Section[]
}

/**
 * Collects all that has been registered.
 *
 * @param level of the app
 * @param mountedAs what stands in for something that is mounted
 */
export function collect(
  entries: readonly Entry[],
  level: Level,
  mountedAs: (handler: MountHandler) => MountHandler,
): Collected {
  const definitions: Definition[] = []
  const sockets: SocketDefinition[] = []
  const mounts: Mount[] = []
  const frontends: PlacedFrontend[] = []
  const sections = new Map<string, Section>()
  const known = new Map<readonly Level[], Inherited>()
  const inheritedAt = (levels: readonly Level[]): Inherited => {
    const inherited = known.get(levels) ?? inheritedFrom(levels)
    known.set(levels, inherited)
    return inherited
  }
  for (const { entry, prefix, levels } of walk(entries, [level])) {
    if (entry.kind === 'mount') mounts.push(mountOf(entry, prefix, levels, mountedAs))
    else if (entry.kind === 'operation') {
      const { method, path, spec, handler } = entry.operation
      definitions.push({
        method,
        ...behind(prefix, path, entry.segments),
        spec,
        handler,
        inherited: inheritedAt(levels),
      })
    } else if (entry.kind === 'socket') {
      const { path, spec, handler } = entry.socket
      sockets.push({ ...behind(prefix, path, entry.segments), spec, handler, inherited: inheritedAt(levels) })
    } else if (entry.kind === 'frontend')
      frontends.push({ ...entry, path: prefix + entry.path, inherited: inheritedAt(levels) })
    else addSection(sections, prefix + entry.prefix + entry.routes['~prefix'], levelsOf(entry, levels))
  }
  return { definitions, sockets, mounts, frontends, sections: [...sections.values()] }
}

/** Where an operation stands behind a prefix; its path is read anew only where there is one. */
function behind(prefix: string, path: string, segments: readonly Segment[]): ReadPath {
  return prefix === '' ? { path, segments } : readPath(joinPath(prefix, path))
}

/** Where several routers begin at one prefix, none of them has it for itself: what is around all of them counts. */
function addSection(sections: Map<string, Section>, prefix: string, levels: readonly Level[]): void {
  const shape = prefix.replace(/:\w+/g, ':')
  const other = sections.get(shape)
  const apart = other ? levels.findIndex((level, index) => level !== other.levels[index]) : -1
  const common = apart < 0 ? levels : levels.slice(0, apart)
  sections.set(shape, { prefix: other?.prefix ?? prefix, levels: common })
}
