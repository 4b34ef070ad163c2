import type { Start } from '../servers.ts'
import { startFastify } from './fastifyApp.ts'

export const start: Start = (port) => startFastify(port, true)
