import type { ApiKeyRecord } from './generateApiKey.ts'

/** Where keys are looked up: a table with the id as its primary key will do. */
export interface ApiKeyStore {
  find(id: string): ApiKeyRecord | undefined | Promise<ApiKeyRecord | undefined>
}

/** Keys in memory, gone with the process: for tests, and for keys that the environment gives. */
export class MemoryApiKeyStore implements ApiKeyStore {
  readonly #records: Map<string, ApiKeyRecord> = new Map()

  constructor(records: readonly ApiKeyRecord[] = []) {
    for (const record of records) this.add(record)
  }

  find(id: string): ApiKeyRecord | undefined {
    return this.#records.get(id)
  }

  add(record: ApiKeyRecord): void {
    this.#records.set(record.id, record)
  }

  /** @returns whether there was such a key */
  revoke(id: string): boolean {
    const record = this.#records.get(id)
    if (record) this.#records.set(id, { ...record, revokedAt: new Date() })
    return record !== undefined
  }
}
