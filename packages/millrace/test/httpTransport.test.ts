import { useTransport } from './support/serve.ts'

useTransport('http')
await import('./transport.test.ts')
