import type { Running } from '../servers.ts'
import { startOn } from './millrace.ts'

export function start(listenPort: number): Promise<Running> {
  return startOn('net', listenPort)
}
