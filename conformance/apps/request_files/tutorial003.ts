import { App, multipart } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const createFiles = app.post(
  '/files/',
  { body: multipart(z.object({ files: z.array(z.file()).meta({ description: 'Multiple files as bytes' }) })) },
  function createFiles({ body: { files } }) {
    return { file_sizes: files.map((file) => file.size) }
  },
)

export const createUploadFiles = app.post(
  '/uploadfiles/',
  { body: multipart(z.object({ files: z.array(z.file()).meta({ description: 'Multiple files as UploadFile' }) })) },
  function createUploadFiles({ body: { files } }) {
    return { filenames: files.map((file) => file.name) }
  },
)

const page = `
<body>
<form action="/files/" enctype="multipart/form-data" method="post">
<input name="files" type="file" multiple>
<input type="submit">
</form>
<form action="/uploadfiles/" enctype="multipart/form-data" method="post">
<input name="files" type="file" multiple>
<input type="submit">
</form>
</body>
    `

export const main = app.get('/', function main() {
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })
})
