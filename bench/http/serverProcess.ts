import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onCore, serverCore } from './cores.ts'

const program = fileURLToPath(new URL('./serve.ts', import.meta.url))

/** A server in a process and on a core of its own. */
export interface ServerProcess {
  readonly port: number
  /** Processor time that the process has used, in microseconds. */
  cpuUs(): Promise<number>
  stop(): Promise<void>
}

/** Starts a server by its name in servers.ts. `nodeOptions` come before the program, such as `--cpu-prof`. */
export async function startServer(name: string, nodeOptions: readonly string[] = []): Promise<ServerProcess> {
  const [command, ...args] = onCore(serverCore, [process.execPath, ...nodeOptions, program, name])
  // As in production: what is measured is the server, not its checks for development.
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = spawn(command as string, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const { port } = await answerOf<{ port: number }>(child)
  return {
    port,
    cpuUs: async () => {
      child.send('usage')
      const { user, system } = await answerOf<NodeJS.CpuUsage>(child)
      return user + system
    },
    stop: async () => {
      const exited = once(child, 'exit')
      child.send('stop')
      await exited
    },
  }
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const controller = new AbortController()
  const { signal } = controller
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as T),
      once(child, 'exit', { signal }).then(([code]) => Promise.reject(new Error(`The server ended with code ${code}`))),
    ])
  } finally {
    controller.abort()
  }
}
