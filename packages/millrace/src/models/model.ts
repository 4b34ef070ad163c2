import { describeIssues, issuesOf } from '../check/issues.ts'
import { type Validate, validatorOf } from '../check/validator.ts'
import { InputError } from '../errors/InputError.ts'
import type { BaseContext } from '../input/baseContext.ts'
import { Dependency } from '../plan/dependency.ts'
import type { Input, Output, Schema } from '../plan/schema.ts'
import { checkOptions, refuseOtherOptions } from './checkOptions.ts'
import { engineOf, serviceOf } from './engine.ts'
import { ModelError } from './errors.ts'
import { lend, type ModelHandle } from './handle.ts'
import { modelDocs } from './modelDocs.ts'
import type { ModelOptions } from './modelOptions.ts'
import type { ModelService } from './modelService.ts'
import type { RunOptions, SlottedOptions } from './options.ts'
import type { AnyRuntimeFactory } from './runtime.ts'
import type { ModelReport, ModelStatus } from './status.ts'

/**
 * A model behind an API: a queue, batches, and the workers that run them. As a dependency it is opened with
 * the app and gives the handler a handle that is bound to its request; an app-scoped dependency gets one that
 * is bound to none.
 *
 * @example
 * export const embedder = model({
 *   name: 'embedder',
 *   input: z.string(),
 *   output: z.array(z.number()),
 *   runtime: workers(new URL('./embedder.model.ts', import.meta.url)),
 *   batch: { maxSize: 32 },
 * })
 * const vector = await embedder.run('hello', { signal })
 *
 * @throws {RangeError} when a number among the options is none that can be kept to
 * @throws {StartupError} `invalid_option` for an option that there is not
 */
export function model<I extends Schema, O extends Schema>(options: ModelOptions<I, O>): Model<Input<I>, Output<O>> {
  refuseOtherOptions(options as unknown as ModelOptions<Schema, Schema>)
  checkOptions(options)
  return new Model<Input<I>, Output<O>>(options as unknown as ModelOptions<Schema, Schema>)
}

/** The context of a request whose caller a dependency has told. */
type WithCaller = BaseContext & { readonly caller?: string | undefined }

/** See {@link model}. */
export class Model<I = unknown, O = unknown> extends Dependency<ModelHandle<I, O>> {
  readonly #service: ModelService
  readonly #checkInput: Validate
  readonly #checkOutput: Validate
  readonly #name: string

  constructor(options: ModelOptions<Schema, Schema>) {
    const service = serviceOf(options)
    const engine = engineOf(service, options)
    const { caller } = options
    const callerOf =
      caller instanceof Dependency
        ? (context: WithCaller) => context.caller
        : (context: WithCaller) => caller?.(context)
    super({
      // A guard, so that the slot is reserved before the body is read: a refusal does not wait for an upload.
      make: (context: WithCaller) => lend<I, O>(this, service, context, callerOf(context)),
      scope: 'handler',
      guard: true,
      inputs: { params: undefined, query: undefined, headers: undefined, cookies: undefined },
      deps: caller instanceof Dependency ? { engine, caller } : { engine },
      label: `model ${options.name}`,
      forApp: new AppModel<I, O>(() => this, engine),
      docs: options.isDocumented === false ? undefined : modelDocs(options),
    })
    this.#service = service
    this.#name = options.name
    this.#checkInput = validatorOf(options.input, 'input')
    this.#checkOutput = validatorOf(options.output, 'reply')
  }

  /**
   * Runs one item; batching with others is invisible.
   *
   * @throws {InputError} when the item does not fit `input`
   * @throws {HttpError} 413, 429, 503 or 504, as in `models/errors.ts`
   * @throws {ModelError} when the model failed
   */
  async run(item: I, options: SlottedOptions = {}): Promise<O> {
    const checked = await this.#check(item)
    return (await this.#give(await this.#service.run(checked, options))) as O
  }

  /**
   * Runs several items; they share batches. All or none are taken on. Rejects with the first failure; of an item that does
   * not fit `input` the issues begin with its place. Who wants every result and every failure runs items one by one.
   */
  async runMany(items: readonly I[], options: RunOptions = {}): Promise<O[]> {
    const checked = await Promise.all(items.map((item, index) => this.#check(item, [index])))
    const results = await this.#service.runMany(checked, options)
    return (await Promise.all(results.map((result) => this.#give(result)))) as O[]
  }

  /** Runs one item in pieces, by the model's `stream`. */
  async *stream(item: I, options: SlottedOptions = {}): AsyncGenerator<O, void, undefined> {
    for await (const piece of this.#service.stream(await this.#check(item), options))
      yield (await this.#give(piece)) as O
  }

  /** Loads the model. The app does it at start-up; without an app the first call does. */
  open(): Promise<void> {
    return this.#service.open()
  }

  /**
   * Lets running batches end, and frees everything; a stream that is not read on is ended after
   * `batch.timeoutMs`. Calls are refused then with 503, until it is opened again.
   */
  close(): Promise<void> {
    return this.#service.close()
  }

  /**
   * Loads a new version beside the old one, sends all further batches to it, lets the old one finish, and
   * unloads it. When the new one cannot be loaded, the old one stays.
   *
   * @param version a runtime, or the name of one of `versions`: where several processes share the model, only that
   *   can be told to the one that has it
   *
   * @throws {TypeError} when there is no version of that name, or it has to have one
   * @throws what loading throws
   */
  swap(version: AnyRuntimeFactory | string): Promise<void> {
    return typeof version === 'string' ? this.#service.swapTo(version) : this.#service.swap(version)
  }

  /**
   * State, queue and times as they are now, also where the model runs in another process (`start --workers`).
   *
   * @throws {ModelUnavailableError} {@link DeadlineError} when that process has ended, or does not answer
   */
  async status(): Promise<ModelStatus> {
    return (await this.#service.report()).status
  }

  /** For what passes metrics on. */
  '~report'(): ModelReport | Promise<ModelReport> {
    return this.#service.report()
  }

  /** For the process that has the models of others. */
  '~host'(): { readonly name: string; readonly service: ModelService } {
    return { name: this.#name, service: this.#service }
  }

  /** @param place of the item among several */
  async #check(item: unknown, place: readonly number[] = []): Promise<unknown> {
    const result = await this.#checkInput(item)
    if (!result.issues) return result.value
    const issues = issuesOf(result.issues, 'body', item)
    throw new InputError(issues.map((issue) => ({ ...issue, path: [...place, ...issue.path] })))
  }

  async #give(value: unknown): Promise<unknown> {
    const result = await this.#checkOutput(value)
    if (!result.issues) return result.value
    const issues = describeIssues(result.issues).join('; ')
    throw new ModelError(
      'model_failed',
      `A result of the model '${this.#name}' does not fit its output schema: ${issues}`,
    )
  }
}

/** A model as app-scoped dependencies see it: no request, so no slot is reserved and no times are told. */
class AppModel<I, O> extends Dependency<ModelHandle<I, O>> {
  readonly #model: () => Model<I, O>

  constructor(model: () => Model<I, O>, engine: Dependency) {
    super({
      make: model,
      scope: 'app',
      guard: false,
      inputs: { params: undefined, query: undefined, headers: undefined, cookies: undefined },
      deps: { engine },
      label: engine.label,
    })
    this.#model = model
  }

  '~host'(): { readonly name: string; readonly service: ModelService } {
    return this.#model()['~host']()
  }
}
