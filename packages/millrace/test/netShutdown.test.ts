import { useTransport } from './support/serve.ts'

useTransport('net')
await import('./shutdown.test.ts')
