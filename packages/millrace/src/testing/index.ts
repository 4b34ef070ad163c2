export { createTestClient, type TestClient, type TestClientOptions } from './createTestClient.ts'
