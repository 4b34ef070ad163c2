/** What a worker tells the primary. */
export type WorkerMessage =
  | { /** Takes orders from now on. */ readonly kind: 'waiting' }
  | {
      readonly kind: 'ready'
      /** The one it listens on, where 0 was asked for. */
      readonly port: number
      readonly url: string
      readonly docsUrl: string | undefined
    }
  | {
      readonly kind: 'failed'
      /** For a developer to read. */
      readonly report: string
      /** What it is about, without the way there: the same of workers that fail alike. */
      readonly summary: string
      /** What is at fault. Only an app may do better at the next try, where a database that it needs may be up by then. */
      readonly reason: 'app' | 'entry' | 'address'
    }

/** What the primary adds to the order of a worker. */
export interface StartsFirst {
  /** Whether it listens only when it is ready, since others answer until then. */
  readonly startsFirst?: boolean | undefined
}

/** What a worker tells once it serves. */
export type WorkerReady = Extract<WorkerMessage, { kind: 'ready' }>

export interface ClusterOptions {
  readonly workers: number
  /**
   * What each worker runs. It says that it is `waiting`, is sent `{ kind: 'serve', order }` and later
   * `{ kind: 'stop' }`; it says when it is `ready` or has `failed`, and ends by itself when it has stopped.
   */
  readonly program: string
  readonly execArgv: readonly string[]
  readonly host: string
  /** 0 takes a free one, the same for all workers. */
  readonly port: number
  /** In place of both: a Unix socket. */
  readonly path?: string | undefined
  /** In place of all of them: a socket that has been opened for this process. */
  readonly fd?: number | undefined
  /** What a worker is told to serve, to which {@link StartsFirst} is added. @param port 0 only where it is not listened on */
  readonly orderFor: (port: number) => object
  /** For the requests of a worker to end at shutdown, in milliseconds. */
  readonly graceMs: number
  /** Added to the environment of each worker. */
  readonly env?: Readonly<Record<string, string>>
  /** Called with each worker when it is started, to answer what it asks besides. */
  readonly onWorker?: (peer: WorkerPeer) => void
  /** Called once, when all workers are ready. */
  readonly onReady: (first: WorkerReady) => void
  /** Called with lines for the log. */
  readonly onReport: (report: string) => void
}

/** A worker, for what it has to say besides {@link WorkerMessage}. */
export interface WorkerPeer {
  /** Says something; a worker that has gone is not told. */
  send(message: object): void
  onMessage(listener: (message: unknown) => void): void
  onGone(listener: () => void): void
}
