import { cpus, loadavg, release, type } from 'node:os'

/** Where and when something was measured. */
export interface Machine {
  readonly node: string
  readonly date: string
  readonly cpu: string
  readonly system: string
  /** The system's load when the run began: above about 0.2 for each core, other work has disturbed it. */
  readonly loadBefore: number
}

export function machine(): Machine {
  const processors = cpus()
  return {
    node: process.version,
    date: new Date().toISOString(),
    cpu: `${processors[0]?.model.trim()}, ${processors.length} cores`,
    system: `${type()} ${release()}`,
    loadBefore: loadavg()[0] as number,
  }
}

export function machineLine({ node, date, cpu, system, loadBefore }: Machine): string {
  return `${date}, Node ${node}, ${cpu}, ${system}; load of other work before: ${loadBefore.toFixed(1)}`
}
