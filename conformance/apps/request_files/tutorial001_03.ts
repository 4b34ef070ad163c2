import { App, multipart } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

export const createFile = app.post(
  '/files/',
  { body: multipart(z.object({ file: z.file().meta({ description: 'A file read as bytes' }) })) },
  function createFile({ body: { file } }) {
    return { file_size: file.size }
  },
)

export const createUploadFile = app.post(
  '/uploadfile/',
  { body: multipart(z.object({ file: z.file().meta({ description: 'A file read as UploadFile' }) })) },
  function createUploadFile({ body: { file } }) {
    return { filename: file.name }
  },
)
