import type { AppCommand, CommandContext, CommandSpec } from '../command/command.ts'
import { StartupError } from '../errors/StartupError.ts'
import { jsonLogger, type Logger, silentLogger } from '../input/log.ts'
import type { Callable, Dependencies } from '../plan/dependency.ts'
import { makeWebhook, type NoOtherOutgoingKeys, type OutgoingSpec, type Webhook } from '../plan/outgoing.ts'
import type { SchemaLike } from '../plan/schema.ts'
import { Routes } from '../register/routes.ts'
import { isPromise } from '../serve/maybePromise.ts'
import { type AccessLog, accessListener } from './accessLog.ts'
import type { App } from './app.ts'
import { type AppOptions, refuseOtherOptions } from './appOptions.ts'
import { Declared } from './declared.ts'
import { type AppEvents, Events, type Listener } from './events.ts'
import type { Lifespan } from './lifecycle.ts'
import type { Plugin, PluginArguments } from './plugin.ts'

/** What can be declared for an app as a whole, beside its routes: lifespans, webhooks, plugins, commands, listeners. */
export abstract class AppDeclarations<D extends Dependencies> extends Routes<'', D> {
  readonly '~options': AppOptions<D>
  protected readonly '~logger': Logger
  protected readonly '~events': Events
  protected readonly '~declared': Declared = new Declared()
  #accessListener: Listener<'request:sent'> | undefined

  constructor(options: AppOptions<D>) {
    refuseOtherOptions(options)
    super(options)
    const { logger, accessLog } = options
    this['~options'] = options
    this['~logger'] = logger === false ? silentLogger : (logger ?? jsonLogger)
    this['~events'] = new Events(this['~logger'])
    if (accessLog) this['~logRequests'](accessLog === true ? undefined : accessLog)
  }

  /** Runs a generator around the app's life: its first part at start-up, what follows its `yield` at shutdown. */
  lifespan(lifespan: Lifespan): this {
    this['~declared'].lifespans.push(lifespan)
    return this
  }

  /**
   * Declares a request that the API sends to those who have asked for it outside of the API, for the document:
   * your code sends it, and can check what it sends with `spec.body`.
   *
   * @throws {StartupError} `malformed_spec` for unknown keys
   * @example
   * export const reviewAdded = app.webhook('reviewAdded', { body: Review })
   */
  webhook<const S extends OutgoingSpec>(name: string, spec: S & NoOtherOutgoingKeys<S>): Webhook<S> {
    const webhook = makeWebhook<S>(name, spec)
    this['~declared'].webhooks.push(webhook)
    this['~changed']()
    return webhook
  }

  /**
   * Adds a plugin, once. Gives what the plugin gives.
   *
   * @throws {StartupError} `duplicate_plugin`; at start-up, `missing_plugin` where it needs others
   */
  register<O, R>(plugin: Plugin<O, R>, ...[options]: PluginArguments<NoInfer<O>>): R {
    this['~declared'].plugins.add(plugin)
    // Each plugin types its own options; an app of any dependencies has what plugins use.
    const result = plugin.setUp(this as unknown as App, options as O)
    if (!isPromise(result)) return result
    result.catch(() => undefined)
    throw new StartupError(
      'malformed_spec',
      `The plugin '${plugin.name}' waits for something: put that into app.lifespan() or an app-scoped dependency`,
    )
  }

  /** Whether a plugin of that name has been registered. */
  hasPlugin(name: string): boolean {
    return this['~declared'].plugins.has(name)
  }

  /**
   * Adds a command to the command line: `millrace import-items items.csv --dry-run`. It is run with the app's
   * lifespans around it and its dependencies open, those of the app included that it needs itself.
   *
   * @throws {StartupError} `malformed_spec`, `reserved_name`
   *
   * @example
   * app.command('users:add', { args: z.object({ name: z.string() }), positional: ['name'], deps: { db } },
   *   async ({ args, db, print }) => print(`Added ${await db.addUser(args.name)}`))
   */
  command(name: string, handler: (context: CommandContext) => unknown): AppCommand
  command<A extends SchemaLike | undefined = undefined, CD extends Dependencies = {}>(
    name: string,
    spec: CommandSpec<A, CD>,
    handler: (context: CommandContext<A, CD>) => unknown,
  ): AppCommand
  command(name: string, second: object, third?: Callable): AppCommand {
    return this['~declared'].commands.add(name, second, third)
  }

  /** By their names. */
  get commands(): ReadonlyMap<string, AppCommand> {
    return this['~declared'].commands.all
  }

  /**
   * Listens to what happens in the life of the app and of its requests, to count and to trace. What is to change
   * an answer is middleware.
   *
   * @returns a function that ends it
   *
   * @example
   * app.on('request:end', ({ context, answer, durationMs }) => requests.record(durationMs, { route: context.route }))
   */
  on<E extends keyof AppEvents>(event: E, listener: Listener<E>): () => void {
    return this['~events'].add(event, listener)
  }

  /** Logs requests so, and no longer as before: how the command line shows them. */
  '~logRequests'(log?: AccessLog): void {
    if (this.#accessListener) this['~events'].remove('request:sent', this.#accessListener)
    this.#accessListener = accessListener(log)
    this['~events'].add('request:sent', this.#accessListener)
  }

  /** Takes all that another app has declared, which has the same options. What stands in for what it has mounted is for each to say. */
  protected '~takeAll'(other: AppDeclarations<D>): void {
    this['~entries'].push(...other['~entries'])
    for (const entry of this['~entries']) if (entry.kind === 'routes') this['~listenTo'](entry.routes)
    const { use, onError } = other['~level']
    // Those of the options are here already.
    this['~level'].use.push(...use.slice(this['~options'].use?.length ?? 0))
    this['~level'].onError.push(...onError)
    this['~declared'].addAll(other['~declared'])
    this['~events'].addAll(other['~events'])
    this.#accessListener = other.#accessListener
  }
}
