import { App, dependency } from 'millrace'

const name = dependency(() => 'name')
const count = dependency(async function* () {
  yield 3
})
const app = new App({ deps: { name, count } })

app.with()
app.with({
  overrides: [
    [name, () => 'other'],
    [count, async () => 4],
  ],
})
// @ts-expect-error a string is wanted
app.with({ overrides: [[name, () => 5]] })
// @ts-expect-error a number is wanted, in the second pair too
app.with({ overrides: [[name, () => 'other'], [count, () => 'four']] }) // biome-ignore format: one line, one error
app.override(name, () => 'other')
// @ts-expect-error a string is wanted
app.override(name, () => 5)
