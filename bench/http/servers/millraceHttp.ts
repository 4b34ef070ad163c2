import type { Running } from '../servers.ts'
import { startOn } from './millrace.ts'

export function start(): Promise<Running> {
  return startOn('http')
}
