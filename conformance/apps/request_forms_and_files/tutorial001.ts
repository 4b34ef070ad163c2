import { App, multipart } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const createFile = app.post(
  '/files/',
  { body: multipart(z.object({ file: z.file(), fileb: z.file(), token: z.string() })) },
  function createFile({ body: { file, fileb, token } }) {
    return { file_size: file.size, token, fileb_content_type: fileb.type }
  },
)
