/** A second API, some exports of which have names of the first. */
import { App } from 'millrace'

export const app = new App()
export const root = app.post('/', () => 'posted')
export const readOther = app.get('/other', () => ({ other: true as boolean }))
