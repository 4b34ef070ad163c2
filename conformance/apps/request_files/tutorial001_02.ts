import { App, multipart } from 'millrace'
import { z } from 'zod'

export const app = new App({ compat: 'fastapi' })

const OptionalFile = z.object({ file: z.file().nullish() })

export const createFile = app.post(
  '/files/',
  { body: multipart(OptionalFile) },
  function createFile({ body: { file } }) {
    return file ? { file_size: file.size } : { message: 'No file sent' }
  },
)

export const createUploadFile = app.post(
  '/uploadfile/',
  { body: multipart(OptionalFile) },
  function createUploadFile({ body: { file } }) {
    return file ? { filename: file.name } : { message: 'No upload file sent' }
  },
)
