import type { Profile } from '../compat/profile.ts'
import { profileOf } from '../compat/profiles.ts'
import { type Compiled, compileApp } from '../compile/compileApp.ts'
import { type Paths, pathsOf } from '../compile/urls.ts'
import type { AsyncApiDocument } from '../describe/asyncapi.ts'
import type { OpenApiDocument, OpenApiOptions } from '../describe/openapi.ts'
import { StartupError } from '../errors/StartupError.ts'
import type { Level, PlanDefaults } from '../plan/definition.ts'
import type { Dependencies } from '../plan/dependency.ts'
import type { Entry } from '../register/entry.ts'
import { walk } from '../register/walk.ts'
import { type AppOptions, type Limits, limitsOf, repliesOf } from './appOptions.ts'
import type { Declared } from './declared.ts'
import { docsOperations } from './docsOperations.ts'
import { asyncApiOf, documentAnywhere, openApiOf } from './documents.ts'
import { healthChecks } from './health.ts'
import type { Lifecycle } from './lifecycle.ts'

/** All that an app is compiled from. */
export interface Sources {
  readonly options: AppOptions<Dependencies>
  readonly entries: readonly Entry[]
  readonly level: Level
  readonly declared: Declared
  readonly lifecycle: Lifecycle
}

/** What an app serves, compiled when it is asked for, and anew after something has been added. */
export class Compilation {
  readonly profile: Profile
  readonly limits: Limits
  readonly #sources: Sources
  #compiled: Compiled | undefined
  #paths: Paths | undefined

  /** @throws {StartupError} `invalid_option` */
  constructor(sources: Sources) {
    this.#sources = sources
    this.limits = limitsOf(sources.options)
    this.profile = profileOf(sources.options)
  }

  get isDebug(): boolean {
    return this.#sources.options.debug ?? process.env['MILLRACE_ENV'] === 'development'
  }

  /** What operations and commands get that do not say otherwise. */
  get defaults(): PlanDefaults {
    const { document, checks } = this.profile
    const { overrides } = this.#sources.declared
    return { ...this.limits, overrides, operationId: document.operationId, madeOfJson: checks.madeOfJson }
  }

  get paths(): Paths {
    const { entries, declared } = this.#sources
    this.#paths ??= pathsOf(entries, declared.mountedAs)
    return this.#paths
  }

  /** What there is by now, if anything. */
  get latest(): Compiled | undefined {
    return this.#compiled
  }

  /** @throws {StartupError} for what cannot be served */
  compiled(): Compiled {
    this.#compiled ??= this.#compile()
    return this.#compiled
  }

  /** To be called when something has been added. */
  forget(): void {
    this.#compiled = undefined
    this.#paths = undefined
  }

  /** The document, see `documentAt` for where it stands. @throws {StartupError} for what cannot be served */
  openapi(version?: Pick<OpenApiOptions, 'openapiVersion'>): OpenApiDocument {
    return openApiOf(this.compiled(), this.#sources.options, this.profile.document, version)
  }

  /** @throws {StartupError} for what cannot be served */
  asyncapi(): AsyncApiDocument {
    return asyncApiOf(this.compiled(), this.#sources.options, this.profile.document)
  }

  #compile(): Compiled {
    const { options, entries, level, declared, lifecycle } = this.#sources
    const { profile, limits, isDebug } = this
    declared.plugins.refuseMissing()
    const hasSockets = walk(entries).some(({ entry }) => entry.kind === 'socket')
    const docs = {
      title: options.title ?? profile.document.title,
      document: documentAnywhere(() => this.openapi(), options),
      asyncapi: hasSockets ? () => this.asyncapi() : undefined,
    }
    const compiled = compileApp({
      defaults: this.defaults,
      socketDefaults: options.sockets ?? {},
      appValues: lifecycle.appValues,
      level,
      entries,
      webhooks: declared.webhooks,
      form: profile.document,
      mountedAs: declared.mountedAs,
      extra: docsOperations(options.docs, docs, level, profile.routing.answersHead),
      direct: options.health === false ? {} : healthChecks(lifecycle),
      heartbeatMs: limits.heartbeatMs,
      isDebug,
      profile,
      ...repliesOf(options, profile),
    })
    refuseUnopened(compiled, lifecycle)
    return compiled
  }
}

/** An operation that was added while the app runs may need what only a start opens. */
function refuseUnopened({ appDependencies }: Compiled, { state, appValues }: Lifecycle): void {
  if (state !== 'ready') return
  for (const dependency of appDependencies)
    if (!appValues.has(dependency))
      throw new StartupError(
        'app_started',
        `'${dependency.label}' (scope app) is not open: add what needs it before the app starts`,
      )
}
