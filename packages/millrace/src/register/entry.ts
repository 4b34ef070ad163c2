import type { Level } from '../plan/definition.ts'
import type { Dependencies } from '../plan/dependency.ts'
import type { Segment } from '../plan/path.ts'
import type { Mountable } from '../run/mountable.ts'
import type { Operation } from './operation.ts'
import type { Routes } from './routes.ts'
import type { SocketOperation } from './socketOperation.ts'

/** What is mounted, and how. */
export interface MountOptions {
  /** More is answered with 413. Default: that of the app. */
  readonly maxBodyBytes?: number
  /**
   * `merge` puts the operations of a mounted Millrace app into the document of the app around it; `separate`
   * (default) leaves them to its own.
   */
  readonly openapi?: 'merge' | 'separate'
}

/** A web-standard handler, or an app of any framework that has one. */
export type FetchHandler =
  | ((request: Request) => Response | Promise<Response>)
  | { readonly fetch: (request: Request) => Response | Promise<Response> }

/** What can be mounted. */
export type MountHandler = FetchHandler | Mountable

/** What has been registered, in order. */
export type Entry =
  | {
      readonly kind: 'operation'
      readonly operation: Operation
      /** Of its own path. */
      readonly segments: readonly Segment[]
      /** Its stack tells where the operation was registered; only under `millrace dev`. */
      readonly at?: Error
    }
  | {
      readonly kind: 'socket'
      readonly socket: SocketOperation
      readonly segments: readonly Segment[]
      readonly at?: Error
    }
  | {
      readonly kind: 'routes'
      readonly prefix: string
      readonly routes: Included
      /** What stands between this and the router. */
      readonly level: Level
    }
  | {
      readonly kind: 'mount'
      readonly path: string
      readonly handler: MountHandler
      readonly options: MountOptions
    }
  | { readonly kind: 'frontend'; readonly path: string; readonly frontend: Mountable }

/** A router of any prefix and dependencies, which only matter for the types of its own handlers. */
export type Included = Pick<Routes<string, Dependencies>, '~prefix' | '~entries' | '~level' | '~includedBy'>
