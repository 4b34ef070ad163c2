import { useTransport } from './support/serve.ts'

useTransport('http')
await import('./shutdown.test.ts')
