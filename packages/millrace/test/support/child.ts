import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'

const running = new Set<ChildProcess>()

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

/** A program of `test/fixtures` in a process of its own. */
export class Child {
  /** The lines that it has written so far. */
  readonly lines: string[] = []
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown[]>
  #wake: () => void = () => undefined

  constructor(fixture: string, ...args: string[]) {
    const file = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url))
    this.#process = spawn(process.execPath, ['--conditions=millrace-source', file, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running.add(this.#process)
    this.#ended = once(this.#process, 'close')
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.lines.push(line)
      this.#wake()
    })
    void this.#ended.then(() => this.#wake())
  }

  /** The first line that starts with a text. @throws {Error} when the process ends before it */
  async line(start: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line.startsWith(start))
      if (found !== undefined) return found
      if (this.#process.exitCode !== null) throw new Error(`The process ended after: ${this.lines.join(', ')}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name)
  }

  /** How it ended: its code, or the signal that ended it. */
  async end(): Promise<unknown> {
    const [code, signal] = await this.#ended
    return code ?? signal
  }
}
