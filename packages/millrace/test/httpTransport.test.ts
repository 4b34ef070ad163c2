import { useTransport } from './support/serve.ts'

useTransport('http')
await import('./malformedRequests.test.ts')
await import('./http1.test.ts')
await import('./expectContinue.test.ts')
await import('./answerFraming.test.ts')
