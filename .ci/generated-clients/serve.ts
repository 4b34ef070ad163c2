import { writeFileSync } from 'node:fs'
import { app } from './app.ts'

// Writes the document where it is told to, serves the app, and says where.
const [out = 'openapi.json'] = process.argv.slice(2)
writeFileSync(out, JSON.stringify(app.openapi()))
const { url } = await app.listen({ port: 0 })
console.log(url)
