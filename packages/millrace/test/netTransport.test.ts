import { useTransport } from './support/serve.ts'

useTransport('net')
await import('./transport.test.ts')
