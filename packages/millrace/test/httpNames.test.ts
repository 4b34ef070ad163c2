import { METHODS, STATUS_CODES } from 'node:http'
import { expect, it } from 'vitest'
import { methods } from '../src/serve/methods.ts'
import { reasonPhrases } from '../src/serve/reasonPhrases.ts'

it('knows the methods and the reason phrases of node:http, which takes its time to load', () => {
  expect([...methods.keys()].toSorted()).toEqual(METHODS.filter((method) => method !== 'CONNECT').toSorted())
  expect(reasonPhrases).toEqual(STATUS_CODES)
})
