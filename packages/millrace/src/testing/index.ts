export type { CookieJar } from './CookieJar.ts'
export { createTestClient, type TestClient, type TestClientOptions, type TestTools } from './createTestClient.ts'
export { type CommandOutcome, runCommand } from './runCommand.ts'
