import { randomBytes } from 'node:crypto'
import type { MaybePromise } from '../serve/maybePromise.ts'
import { dataOf, isEmpty, type SessionData, type SessionFormat, throughJson } from './formats/format.ts'
import type { SessionStore } from './SessionStore.ts'

/** A session as it was found, and what it is found by. */
export interface Kept {
  readonly data: SessionData
  /** In a store. */
  readonly id: string | undefined
}

/** Where sessions are between requests. */
export interface Keeper {
  /** Of the value of a cookie; `undefined` where it is not valid. */
  load(value: string): MaybePromise<Kept | undefined>
  /** What will be loaded of what is saved. */
  asLoaded(data: SessionData): SessionData
  /**
   * Keeps a session, and gives the value of its cookie; `undefined` where the cookie is to go, `null` where it is to
   * stay as it is.
   *
   * @param id under which it was kept
   * @param isRegenerated whether it is to have another id from now on
   */
  save(data: SessionData, id: string | undefined, isRegenerated: boolean): MaybePromise<string | undefined | null>
}

/** 256 random bits. */
const newId = () => randomBytes(32).toString('base64url')

const nowSeconds = () => Math.floor(Date.now() / 1000)

/** Keeps the whole session in the cookie. */
export function cookieKeeper(format: SessionFormat, maxAgeSeconds: number): Keeper {
  return {
    load: (value) => {
      const data = format.read(value, nowSeconds(), maxAgeSeconds)
      return data && { data, id: undefined }
    },
    asLoaded: format.asRead,
    save: (data) => (isEmpty(data) ? undefined : format.write(data, nowSeconds())),
  }
}

/** Keeps sessions in a store, and their signed ids in the cookie. */
export function storeKeeper(store: SessionStore, format: SessionFormat, maxAgeSeconds: number): Keeper {
  return {
    load: async (value) => {
      const id = format.read(value, nowSeconds(), maxAgeSeconds)?.['id']
      const data = typeof id === 'string' ? dataOf(await store.get(id)) : undefined
      // An id that the store does not know is not taken over: someone may have planted it.
      return data && { data, id: id as string }
    },
    asLoaded: throughJson,
    save: async (data, id, isRegenerated) => {
      const next = isEmpty(data) ? undefined : id === undefined || isRegenerated ? newId() : id
      // Ended by another request while this one ran: it does not come to life again by what this one has to say.
      if (next !== undefined && next === id && (await store.get(id)) === undefined) return null
      // A copy: what a store keeps as it is would be shared with the requests that come.
      if (next !== undefined) await store.set(next, throughJson(data), maxAgeSeconds)
      if (id !== undefined && id !== next) await store.delete(id)
      return next && format.write({ id: next }, nowSeconds())
    },
  }
}
