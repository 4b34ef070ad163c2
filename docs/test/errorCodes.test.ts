import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codes } from 'millrace'
import { expect, it } from 'vitest'
import { root } from './support/pages.ts'

const page = await readFile(join(root, 'docs/error-codes.md'), 'utf8')
const [answers = '', layers = '', models = '', log = '', startup = '', inCode = ''] = page.split(
  /^## (?:Of middleware|Of models|In the log|At start-up|In code)$/m,
)
const source = (path: string) => readFile(join(root, 'packages/millrace/src', path), 'utf8')

/** The sections of a part of the page: code and status. */
const described = (part: string) =>
  new Map([...part.matchAll(/^### `(\w+)`\n\n(\d+)\./gm)].map(([, code, status]) => [code, Number(status)]))

it('has every code of an answer, with its status', () => {
  expect(Object.fromEntries(described(answers))).toEqual(
    Object.fromEntries(Object.entries(codes).map(([code, { status }]) => [code, status])),
  )
})

it('has every code of middleware, with its status', async () => {
  const folder = join(root, 'packages/millrace/src/middleware')
  const texts = await Promise.all((await readdir(folder)).map((name) => source(`middleware/${name}`)))
  const found = texts.flatMap((text) => [
    ...[...text.matchAll(/new HttpError\(\s*(\d+),[^;]{0,300}?code: '(\w+)'/g)].map(([, status, code]) => [
      code,
      Number(status),
    ]),
    ...[...text.matchAll(/refusal\('(\w+)'/g)].map(([, code]) => [code, 403]),
  ])
  expect(Object.fromEntries(described(layers))).toEqual(Object.fromEntries(found))
})

it('has every code of models, with its status', async () => {
  const folder = join(root, 'packages/millrace/src/models')
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'))
  const texts = await Promise.all(names.map((name) => source(`models/${name}`)))
  const found = texts.flatMap((text) =>
    [
      ...text.matchAll(/super\(\s*(\d+),[^;]{0,300}?code: '(\w+)'/g),
      ...text.matchAll(/new (?:HttpError|RetryableError)\(\s*(\d+),[^;]{0,300}?(?:code: )?'(\w+_\w+)'/g),
    ].map(([, status, code]) => [code, Number(status)]),
  )
  expect(Object.fromEntries(described(models))).toEqual(Object.fromEntries(found))
  // Whatever way a code is written, it is one of these.
  const written = new Set(texts.flatMap((text) => [...text.matchAll(/code: '(\w+)'/g)].map(([, code]) => code)))
  expect([...written].filter((code) => !described(models).has(code) && !described(log).has(code))).toEqual([])
})

it('has every code of model errors', async () => {
  const union = /readonly code: ('\w+'(?: \| '\w+')+)/.exec(await source('models/errors.ts'))?.[1] ?? ''
  const declared = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code)
  expect(declared.length).toBeGreaterThan(0)
  expect([...described(log)]).toEqual(declared.map((code) => [code, 500]))
})

it('has every code of start-up', async () => {
  const source = await readFile(join(root, 'packages/millrace/src/errors/StartupError.ts'), 'utf8')
  const declared = [...source.slice(source.indexOf('export type StartupErrorCode')).matchAll(/'(\w+)'/g)].map(
    ([, code]) => code,
  )
  const described = [...startup.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code)
  expect(declared.length).toBeGreaterThan(0)
  expect(described.toSorted()).toEqual(declared.toSorted())
})

it('has every code of errors that only code sees', async () => {
  const classes = await Promise.all(['context/ContextError.ts', 'errors/TrailerError.ts'].map(source))
  const declared = classes.flatMap((text) => {
    const union = /readonly code: ('\w+'(?: \| '\w+')+)/.exec(text)?.[1] ?? ''
    return [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code)
  })
  expect(declared).toHaveLength(4)
  expect([...inCode.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code)).toEqual(declared)
})
