/** What `urlFor` takes. Checked by `tsc`; nothing here runs. */
import { App, type Operation } from 'millrace'
import { same } from './same.ts'

const app = new App()
const root = app.get('/', () => 1)
const item = app.get('/items/:id/parts/:part?', ({ urlFor }) => urlFor(root))

same<string>()(app.urlFor(root))
app.urlFor(item, { id: 1 })
app.urlFor(item, { id: 1, part: 'a' }, { query: { page: 2, tags: ['a'] }, absolute: true })
app.urlFor(root, {}, { hash: 'top' })
// @ts-expect-error the parameter is required
app.urlFor(item)
// @ts-expect-error the parameter is required
app.urlFor(item, {})
// @ts-expect-error a parameter that the path does not name
app.urlFor(item, { id: 1, other: 2 })
// @ts-expect-error the path names none
app.urlFor(root, { id: 1 })
// @ts-expect-error no text
app.urlFor(item, { id: {} })
// @ts-expect-error no operation
app.urlFor('/items')

// Of an operation that is known by its type alone, any parameters
declare const any: Operation
app.urlFor(any, { id: 1 })
