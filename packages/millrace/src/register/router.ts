import type { Dependencies } from '../plan/dependency.ts'
import { Routes } from './routes.ts'
import { type RoutesOptions, refuseOtherOptions } from './routesOptions.ts'

/**
 * A part of an app: operations that share a prefix, tags, dependencies, middleware and error handlers.
 *
 * @example
 * export const items = new Router({ prefix: '/items', tags: ['items'] })
 * export const readItem = items.get('/:id', ({ params }) => find(params.id))
 * app.include(items)
 */
export class Router<Prefix extends string = '', D extends Dependencies = {}> extends Routes<Prefix, D> {
  constructor(options: RoutesOptions<Prefix, D> = {}) {
    refuseOtherOptions(options, 'Router')
    super(options)
  }
}
